#include "surfaces/chat/tools.hpp"

#include "surfaces/common.hpp"
#include "tsg/json/children.hpp"
#include "tsg/json/tokens.hpp"

namespace tsg::surfaces::chat {
namespace {

using conversation::AnswerFormat;
using conversation::Tool;
using conversation::Where;

void read_function(Prompt& prompt, Tool& out, std::string_view body) {
  out.name = said_by(prompt, json::member_of(body, "name"));
  out.description = unless_null(json::member_of(body, "description"));
  out.schema = unless_null(json::member_of(body, "parameters"));
  auto const strict = unless_null(json::member_of(body, "strict"));
  if (!strict.empty()) out.strictness = strict == "true" ? Tool::Strict::on : Tool::Strict::off;
}

void read_tool(Prompt& prompt, Tool& out, std::string_view raw) {
  out.type = said_by(prompt, json::member_of(raw, "type"));
  out.cache = object_or_none(json::member_of(raw, "cache_control"));
  auto const body = json::member_of(raw, out.type == "custom" ? "custom" : "function");
  if (is_object(body)) read_function(prompt, out, body);
  if (out.cache.empty()) out.cache = object_or_none(json::member_of(body, "cache_control"));
  if (out.type == "custom") {
    out.kind = Tool::Kind::custom;
    out.format = object_or_none(json::member_of(body, "format"));
  } else if (out.type != "function") {
    out.kind = Tool::Kind::hosted;
    out.name = said_by(prompt, json::member_of(raw, "name"));
  }
}

}  // namespace

void take_tools(Prompt& prompt) {
  for (conversation::Word const key : {"tools", "functions"}) {
    auto const list = prompt.said(std::string_view{key});
    if (!is_array(list)) continue;
    json::Children children{list};
    std::int32_t i = 0;
    for (json::Member m; children.next(m);) {
      auto const raw = list.substr(m.value.begin, m.value.size());
      auto& tool = prompt.offered.emplace_back();
      tool.raw = raw;
      tool.where = Where{key, i++};
      if (key == "tools") {
        read_tool(prompt, tool, raw);
        continue;
      }
      tool.type = "function";
      tool.cache = object_or_none(json::member_of(raw, "cache_control"));
      read_function(prompt, tool, raw);
    }
  }
  prompt.parallel = !prompt.legacy_functions && prompt.said("parallel_tool_calls") != "false" &&
                    // Anthropic's place for it
                    json::member_of(prompt.said("tool_choice"), "disable_parallel_tool_use") != "true";
  prompt.choice = choice_of(prompt);
}

void take_form(Prompt& prompt) {
  auto& format = prompt.format;
  format.raw = prompt.said("response_format");
  auto const type = said_by(prompt, json::member_of(format.raw, "type"));
  if (type == "json_object") format.kind = AnswerFormat::Kind::json_object;
  if (type == "json_schema") {
    auto const body = json::member_of(format.raw, "json_schema");
    format.kind = AnswerFormat::Kind::json_schema;
    format.name = said_by(prompt, json::member_of(body, "name"));
    format.description = unless_null(json::member_of(body, "description"));
    format.schema = unless_null(json::member_of(body, "schema"));
    format.strict = json::member_of(body, "strict") == "true";
  }
  auto const stop = prompt.said("stop");
  auto const add = [&](std::string_view raw) {
    if (is_string(raw) && raw.size() > 2) prompt.stops.push_back(json::unquoted(raw));
  };
  if (!is_array(stop)) return add(stop);
  json::Children children{stop};
  for (json::Member m; children.next(m);) add(stop.substr(m.value.begin, m.value.size()));
}

}  // namespace tsg::surfaces::chat
