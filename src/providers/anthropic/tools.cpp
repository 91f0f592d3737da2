#include "providers/anthropic/tools.hpp"

#include <algorithm>

#include "providers/anthropic/adapter.hpp"
#include "providers/anthropic/blocks.hpp"
#include "providers/anthropic/schema.hpp"
#include "providers/judge.hpp"
#include "providers/raw_json.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::anthropic {
namespace {

constexpr std::size_t kStrictMax = 20;  // §1.5

// The strict form, if the schema says nothing that is not compiled; else `strict` is lost, not the schema.
Result<std::string> function(Tool const& tool, std::string_view name, bool strict,
                             std::vector<std::string>& dropped) {
  auto schema = input_schema(tool);
  if (!schema) return schema.error();
  if (strict) {
    auto fitted = fit_schema(*schema, tool.at);
    strict = fitted && !fitted->weakened;
    if (strict) schema = std::move(fitted->json);
  }
  if (tool.strict && !strict && std::ranges::find(dropped, "tools.strict") == dropped.end())
    dropped.push_back("tools.strict");
  std::string out;
  json::Writer w{out};
  w.begin_object().key("name").string(name);
  if (!tool.description.empty()) w.key("description").raw(tool.description);
  w.key("input_schema").raw(*schema);
  if (strict) w.key("strict").boolean(true);
  auto cached = cache_control_of(tool.raw);
  if (cached.empty())
    if (auto const node = RawNode::parse(tool.raw)) cached = cache_control_of((*node)["function"]);
  if (!cached.empty()) w.key("cache_control").raw(cached);
  w.end_object();
  return out;
}

// Tools that Anthropic runs itself and that need no answer from the client (§1.5).
bool runs_there(std::string_view type) {
  return type.starts_with("web_search_") || type.starts_with("web_fetch_");
}

Result<std::string> tool_list(std::vector<Tool> const& tools, ToolNames const& names,
                              ToolChoice const& choice, bool strict_known,
                              std::vector<std::string>& dropped) {
  auto const strict_count = static_cast<std::size_t>(std::ranges::count_if(tools, &Tool::strict));
  bool const strict = strict_known && strict_count <= kStrictMax;
  std::string out;
  json::Writer w{out};
  w.begin_array();
  for (auto const& tool : tools) {
    if (tool.kind == Tool::Kind::custom)
      return unsupported(tool.at,
                         "is a custom tool, which Anthropic does not have: use a function with one string");
    if (tool.kind == Tool::Kind::server) {
      if (!runs_there(tool.type))
        return unsupported(tool.at,
                           "is a tool that this dialect does not pass on: use functions, web_search_… or "
                           "web_fetch_…");
      w.raw(tool.raw);
      continue;
    }
    if (!choice.offers(tool.name)) continue;
    auto const one = function(tool, names.out(tool.name), strict && tool.strict, dropped);
    if (!one) return one.error();
    w.raw(*one);
  }
  w.end_array();
  return out == "[]" ? std::string{} : out;
}

std::string choice_object(ToolChoice const& choice, ToolNames const& names, bool one_at_a_time) {
  using Kind = ToolChoice::Kind;
  if (choice.kind == Kind::unset && !one_at_a_time) return {};
  std::string out;
  json::Writer w{out};
  w.begin_object().key("type");
  if (choice.kind == Kind::none)
    w.string("none");
  else if (choice.kind == Kind::named || choice.kind == Kind::hosted)
    w.string("tool").key("name").string(names.out(choice.name));
  else
    w.string(choice.forced() ? "any" : "auto");
  if (one_at_a_time && choice.kind != Kind::none) w.key("disable_parallel_tool_use").boolean(true);
  w.end_object();
  return out;
}

}  // namespace

Result<std::string> input_schema(Tool const& tool) {
  if (tool.parameters.empty()) return std::string{R"({"type":"object","properties":{}})"};
  auto const node = RawNode::parse(tool.parameters);
  if (!node)
    return Error{Errc::bad_request, "'" + tool.at + ".function.parameters' must be an object.", tool.at};
  auto const type = (*node)["type"];
  if (type == "\"object\"") return std::string{tool.parameters};
  if (!type.empty())
    return unsupported(tool.at + ".function.parameters", "must have \"type\": \"object\" at the top");
  std::string out = R"({"type":"object")";
  if (!node->empty()) out += ',';
  out += tool.parameters.substr(tool.parameters.find_first_not_of(" \n\r\t", 1));
  return out;
}

Searches searches(ChatRequest const& request) {
  if (!request.server_tools) return {};
  std::int64_t calls = 0;
  for (auto const& tool : tools_of(request)) {
    if (tool.kind != Tool::Kind::server) continue;
    auto const node = RawNode::parse(tool.raw);
    auto const uses = node ? count_of((*node)["max_uses"]) : std::nullopt;
    if (!uses || !tool.type.starts_with("web_search_"))
      return Searches::unlimited(
          "what a tool that runs at the provider brings in is not known. Limit web_search_… by 'max_uses', "
          "leave other such tools out, or use a key without a budget");
    calls += *uses;
  }
  return {calls, calls + 1};
}

Result<ToolSet> tool_set(ChatRequest const& request, std::vector<Tool> const& tools, ToolNames const& names,
                         Rules const& rules, bool strict_known, std::vector<std::string>& dropped) {
  auto const choice = tool_choice_of(request, tools);
  if (!choice) return choice.error();
  ToolSet out;
  out.forced = choice->forced();
  if (out.forced && !rules.flag("forced_tool_choice", false)) {
    bool const free = strict_known && !request.json_schema && !request.json_object;
    if (free) out.bridge = forced_format(tools, *choice, names);
    if (!out.bridge)
      return unsupported(std::string{choice->param},
                         "cannot force a call on this model: use \"auto\", or another model");
    out.forced = false;
  }
  auto list = tool_list(tools, names, *choice, strict_known, dropped);
  if (!list) return list.error();
  out.tools = std::move(*list);
  if (!out.tools.empty())  // a choice among nothing is refused (§1.5)
    out.choice =
        out.bridge ? R"({"type":"none"})" : choice_object(*choice, names, parallel_tools_forbidden(request));
  return out;
}

}  // namespace tsg::providers::anthropic
