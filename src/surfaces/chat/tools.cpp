#include "surfaces/chat/tools.hpp"

#include "surfaces/common.hpp"
#include "tsg/conversation/feature.hpp"
#include "tsg/json/children.hpp"
#include "tsg/json/tokens.hpp"

namespace tsg::surfaces::chat {
namespace {

using conversation::AnswerFormat;
using conversation::Feature;
using conversation::Tool;
using conversation::Where;

void read_function(Prompt& prompt, Tool& out, std::string_view body) {
  if (!is_object(body)) return;
  each(body, [&](std::string_view spelt, std::string_view value) {
    Key const key{spelt};
    if (key == "name") out.name = said_by(prompt, value);
    if (key == "description") out.description = unless_null(value);
    if (key == "parameters") out.schema = unless_null(value);
    if (key == "strict" && value != "null")
      out.strictness = value == "true" ? Tool::Strict::on : Tool::Strict::off;
    if (key == "format" && out.kind == Tool::Kind::custom) out.format = object_or_none(value);
    if (key == "cache_control" && out.cache.empty()) out.cache = object_or_none(value);
  });
}

void read_tool(Prompt& prompt, Tool& out, std::string_view raw) {
  std::string_view function, custom, name;
  each(raw, [&](std::string_view spelt, std::string_view value) {
    Key const key{spelt};
    if (key == "type") out.type = said_by(prompt, value);
    if (key == "function") function = value;
    if (key == "custom") custom = value;
    if (key == "name") name = value;
    if (key == "cache_control") out.cache = object_or_none(value);
  });
  if (out.type == "custom") out.kind = Tool::Kind::custom;
  if (out.type != "custom" && out.type != "function") out.kind = Tool::Kind::hosted;
  read_function(prompt, out, out.kind == Tool::Kind::custom ? custom : function);
  if (out.kind == Tool::Kind::hosted) out.name = said_by(prompt, name);
}

}  // namespace

void take_tools(Prompt& prompt) {
  for (conversation::Word const key : {"tools", "functions"}) {
    auto const list = prompt.said(key == "tools" ? Feature::tools : Feature::functions);
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
      read_function(prompt, tool, raw);
    }
  }
  prompt.parallel = !prompt.legacy_functions && prompt.said(Feature::parallel) != "false" &&
                    // Anthropic's place for it
                    json::member_of(prompt.said(Feature::tool_choice), "disable_parallel_tool_use") != "true";
  prompt.choice = choice_of(prompt);
}

void take_form(Prompt& prompt) {
  auto& format = prompt.format;
  format.raw = prompt.said(Feature::format);
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
  auto const stop = prompt.said(Feature::stop);
  auto const add = [&](std::string_view raw) {
    if (is_string(raw) && raw.size() > 2) prompt.stops.push_back(json::unquoted(raw));
  };
  if (!is_array(stop)) return add(stop);
  json::Children children{stop};
  for (json::Member m; children.next(m);) add(stop.substr(m.value.begin, m.value.size()));
}

}  // namespace tsg::surfaces::chat
