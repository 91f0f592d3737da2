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
  std::string name;              // decoded
  std::string_view description;  // JSON string or ""
  std::string_view parameters;   // JSON object or ""
  bool strict = false;
  std::string_view raw;
  std::string at;  // "tools[0]"
};
// `tools`, or the legacy `functions`.
std::vector<Tool> tools_of(ChatRequest const& request);

struct ToolChoice {
  enum class Kind : std::uint8_t { unset, none, automatic, required, named, allowed };
  ToolChoice() = default;
  Kind kind = Kind::unset;
  std::string name;                  // named
  std::vector<std::string> allowed;  // allowed: names
  bool required = false;             // allowed: one of them must be called
  std::string_view param = "tool_choice";
};
ToolChoice tool_choice_of(ChatRequest const& request);  // or the legacy `function_call`

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

// `stop` as a list of decoded texts.
std::vector<std::string> stops_of(ChatRequest const& request);

}  // namespace tsg::providers
