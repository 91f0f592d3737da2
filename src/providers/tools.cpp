#include "providers/tools.hpp"

#include "providers/raw_json.hpp"
#include "providers/read_fields.hpp"

namespace tsg::providers {
namespace {

// A top-level member of the request; empty if absent or null.
std::string_view member(ChatRequest const& r, std::string_view key) noexcept {
  auto const* m = r.document.find(key);
  return m ? unless_null(r.document.raw(m->value)) : std::string_view{};
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
  out.description = unless_null(body["description"]);
  out.parameters = unless_null(body["parameters"]);
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
  if (out.kind == Tool::Kind::server) out.name = text_of(tool["name"]);
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

bool parallel_tools_forbidden(ChatRequest const& request) {
  return request.legacy_functions || member(request, "parallel_tool_calls") == "false" ||
         node(request, "tool_choice")["disable_parallel_tool_use"] == "true";  // Anthropic's place for it
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
  out.description = unless_null(body["description"]);
  out.schema = unless_null(body["schema"]);
  out.strict = body["strict"] == "true";
  return out;
}

std::vector<std::string> stops_of(ChatRequest const& request) {
  auto const raw = member(request, "stop");
  std::vector<std::string> out;
  if (is_string(raw)) out.push_back(text_of(raw));
  auto const list = node(request, "stop");
  for (auto const& element : list.members()) out.push_back(text_of(list.raw(element)));
  std::erase(out, "");  // stops nowhere
  return out;
}

}  // namespace tsg::providers
