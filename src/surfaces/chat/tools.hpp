// What a validated chat body says of tools, of the choice among them, and of the answer's form.
#pragma once
#include "tsg/conversation/prompt.hpp"

namespace tsg::surfaces::chat {

void take_tools(conversation::Prompt& prompt);  // offered, parallel; then the choice
void take_form(conversation::Prompt& prompt);   // format, stops

// `tool_choice`, or the legacy `function_call`, in OpenAI's forms and those of other APIs that evidently mean
// one of them ("any", {"type":"tool","name":…}, a flat name). Never anything else: what nobody knows, a tool
// that is not among `tools`, and a forced call without any are bad_request.
Result<conversation::ToolChoice> choice_of(conversation::Prompt const& prompt);

}  // namespace tsg::surfaces::chat
