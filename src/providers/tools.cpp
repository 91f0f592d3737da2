#include "providers/tools.hpp"

#include "providers/raw_json.hpp"
#include "providers/read_fields.hpp"

namespace tsg::providers {
namespace {

std::string_view present(std::string_view raw) noexcept {
  return is_null(raw) ? std::string_view{} : raw;
}

// A top-level member of the request; empty if absent or null.
std::string_view member(ChatRequest const& r, std::string_view key) noexcept {
  auto const* m = r.document.find(key);
  return m ? present(r.document.raw(m->value)) : std::string_view{};
}
RawNode node(ChatRequest const& r, std::string_view key) {
  auto const* m = r.document.find(key);
  if (!m) return {};
  auto const raw = r.document.raw(m->value);
  if (!is_object(raw) && !is_array(raw)) return {};
  auto scanned = json::scan_children(r.document.text(), m->value);
  return scanned ? RawNode{r.document.text(), std::move(*scanned)} : RawNode{};
}

Tool read_function(RawNode const& body, std::string_view raw, std::string at) {
  Tool out;
  out.raw = raw;
  out.at = std::move(at);
  out.type = "function";
  out.name = text_of(body["name"]);
  out.description = present(body["description"]);
  out.parameters = present(body["parameters"]);
  out.strict = body["strict"] == "true";
  return out;
}

Tool read_tool(RawNode const& tool, std::string_view raw, std::string at) {
  auto const type = text_of(tool["type"]);
  Tool out = read_function(tool.child(type == "custom" ? "custom" : "function"), raw, std::move(at));
  out.type = type;
  if (type == "custom")
    out.kind = Tool::Kind::custom;
  else if (type != "function")
    out.kind = Tool::Kind::server;
  return out;
}

ToolChoice named(std::string name, std::string_view param) {
  ToolChoice out;
  out.kind = ToolChoice::Kind::named;
  out.name = std::move(name);
  out.param = param;
  return out;
}

ToolChoice by_word(std::string_view word, std::string_view param) {
  ToolChoice out;
  out.param = param;
  if (word == "none") out.kind = ToolChoice::Kind::none;
  if (word == "auto") out.kind = ToolChoice::Kind::automatic;
  if (word == "required") out.kind = ToolChoice::Kind::required;
  return out;
}

}  // namespace

std::vector<Tool> tools_of(ChatRequest const& request) {
  std::vector<Tool> out;
  for (std::string_view const key : {"tools", "functions"}) {
    auto const list = node(request, key);
    std::size_t i = 0;
    for (auto const& element : list.members()) {
      auto const tool = list.child(element);
      auto at = indexed(key, i++);
      out.push_back(key == "tools" ? read_tool(tool, list.raw(element), std::move(at))
                                   : read_function(tool, list.raw(element), std::move(at)));
    }
  }
  return out;
}

ToolChoice tool_choice_of(ChatRequest const& request) {
  for (std::string_view const key : {"tool_choice", "function_call"}) {
    auto const raw = member(request, key);
    if (raw.empty()) continue;
    if (is_string(raw)) return by_word(text_of(raw), key);
    auto const choice = node(request, key);
    if (key == "function_call") return named(text_of(choice["name"]), key);
    auto const type = text_of(choice["type"]);
    if (type != "allowed_tools") return named(text_of(choice.child(type)["name"]), key);
    auto const allowed = choice.child("allowed_tools");
    ToolChoice out;
    out.kind = ToolChoice::Kind::allowed;
    out.required = text_of(allowed["mode"]) == "required";
    auto const list = allowed.child("tools");
    for (auto const& element : list.members()) {
      auto const tool = list.child(element);
      out.allowed.push_back(text_of(tool.child(text_of(tool["type"]))["name"]));
    }
    return out;
  }
  return {};
}

bool parallel_tools_forbidden(ChatRequest const& request) {
  return request.legacy_functions || member(request, "parallel_tool_calls") == "false";
}

AnswerFormat answer_format_of(ChatRequest const& request) {
  AnswerFormat out;
  auto const format = node(request, "response_format");
  auto const type = text_of(format["type"]);
  if (type == "json_object") out.kind = AnswerFormat::Kind::json_object;
  if (type != "json_schema") return out;
  auto const body = format.child("json_schema");
  out.kind = AnswerFormat::Kind::json_schema;
  out.name = text_of(body["name"]);
  out.description = present(body["description"]);
  out.schema = present(body["schema"]);
  out.strict = body["strict"] == "true";
  return out;
}

std::vector<std::string> stops_of(ChatRequest const& request) {
  auto const raw = member(request, "stop");
  if (is_string(raw)) return {text_of(raw)};
  std::vector<std::string> out;
  auto const list = node(request, "stop");
  for (auto const& element : list.members()) out.push_back(text_of(list.raw(element)));
  return out;
}

}  // namespace tsg::providers
