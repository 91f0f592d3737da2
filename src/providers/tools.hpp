// Tools, the choice among them, and the format of the answer, as the adapters of other dialects see them.
// Views live as long as the request; schemas keep the client's bytes (key order is observable).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/providers/chat_request.hpp"

namespace tsg::providers {

struct Tool {
  enum class Kind : std::uint8_t { function, custom, server };
  Tool() = default;
  Kind kind = Kind::function;
  std::string type;              // "function", "custom", or a server tool's
  std::string name;              // decoded; of a server tool its own, "" if it has none
  std::string_view description;  // JSON string or ""
  std::string_view parameters;   // JSON object or ""
  bool strict = false;
  std::string_view raw;
  std::string at;  // "tools[0]"
};
// `tools`, or the legacy `functions`.
std::vector<Tool> tools_of(ChatRequest const& request);

using conversation::ToolChoice;
// `tool_choice`, or the legacy `function_call`, in OpenAI's forms and those of other APIs that evidently mean
// one of them ("any", {"type":"tool","name":…}, a flat name). Never anything else: what nobody knows, a tool
// that is not among `tools`, and a forced call without any are bad_request.
Result<ToolChoice> tool_choice_of(ChatRequest const& request, std::vector<Tool> const& tools);
// As OpenAI's chat spells it.
std::string chat_choice(ToolChoice const& choice);

// parallel_tool_calls: false, or legacy functions, whose answers have a place for one call.
bool parallel_tools_forbidden(ChatRequest const& request);

using conversation::AnswerFormat;
AnswerFormat answer_format_of(ChatRequest const& request);

// `stop` as a list of decoded texts, none empty.
std::vector<std::string> stops_of(ChatRequest const& request);

}  // namespace tsg::providers
