// Tools, the choice among them, and the answer's format, as Responses spells them: flat (§2.2).
#pragma once
#include "providers/responses/responses.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::responses {

using conversation::Tool;
using conversation::ToolChoice;

Result<> write_tools(json::Writer& w, ChatRequest const& request, EncodeContext const& context,
                     ToolNames const& names, Flavour const& flavour);
Result<> write_format(json::Writer& w, ChatRequest const& request, Flavour const& flavour);

}  // namespace tsg::providers::responses
