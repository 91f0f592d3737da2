// Tools, the choice among them, and the format of the answer, as the adapters of other dialects see them.
// Views live as long as the request; schemas keep the client's bytes (key order is observable).
#pragma once
#include <cstdint>
#include <set>
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

struct ToolChoice {
  enum class Kind : std::uint8_t { unset, none, automatic, required, named, hosted, allowed };
  ToolChoice() = default;
  Kind kind = Kind::unset;
  std::string name;                  // named; hosted, "" if the tool has none
  std::string type;                  // hosted: of the tool that runs at the provider
  std::vector<std::string> allowed;  // allowed: names, in the client's order
  bool required = false;             // allowed: one of them must be called
  bool respelt = false;              // in words or a shape of another API, which mean the same
  std::string_view param = "tool_choice";

  // A call is demanded.
  bool forced() const noexcept {
    return kind == Kind::required || kind == Kind::named || kind == Kind::hosted ||
           (kind == Kind::allowed && required);
  }
  bool offers(std::string_view tool) const { return kind != Kind::allowed || names.contains(tool); }
  std::set<std::string, std::less<>> names;  // allowed
};
// `tool_choice`, or the legacy `function_call`, in OpenAI's forms and those of other APIs that evidently mean
// one of them ("any", {"type":"tool","name":…}, a flat name). Never anything else: what nobody knows, a tool
// that is not among `tools`, and a forced call without any are bad_request.
Result<ToolChoice> tool_choice_of(ChatRequest const& request, std::vector<Tool> const& tools);
// As OpenAI's chat spells it.
std::string chat_choice(ToolChoice const& choice);

// parallel_tool_calls: false, or legacy functions, whose answers have a place for one call.
bool parallel_tools_forbidden(ChatRequest const& request);

struct AnswerFormat {
  enum class Kind : std::uint8_t { text, json_object, json_schema };
  AnswerFormat() = default;
  Kind kind = Kind::text;
  std::string name;
  std::string_view description;  // JSON string or ""
  std::string_view schema;       // JSON object
  bool strict = false;
};
AnswerFormat answer_format_of(ChatRequest const& request);

// `stop` as a list of decoded texts, none empty.
std::vector<std::string> stops_of(ChatRequest const& request);

}  // namespace tsg::providers
