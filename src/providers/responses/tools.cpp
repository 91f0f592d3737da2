#include "providers/responses/tools.hpp"

#include <set>

#include "providers/judge.hpp"
#include "tsg/conversation/feature.hpp"

namespace tsg::providers::responses {
namespace {

// Strict is said always: absent means true here and false in chat.
void write_function(json::Writer& w, Tool const& tool, ToolNames const& names, Flavour const& flavour) {
  w.begin_object().key("type").string("function").key("name").string(names.out(tool.name));
  if (!tool.description.empty()) w.key("description").raw(tool.description);
  w.key("parameters");
  w.raw(tool.schema.empty() ? R"({"type":"object","properties":{}})" : tool.schema);
  if (flavour.strict_tools) w.key("strict").boolean(tool.strict());
  w.end_object();
}

// {"type":"grammar","grammar":{…}} loses its inner object.
void write_custom(json::Writer& w, Tool const& tool, ToolNames const& names) {
  w.begin_object().key("type").string("custom").key("name").string(names.out(tool.name));
  if (!tool.description.empty()) w.key("description").raw(tool.description);
  auto parsed = RawNode::parse(tool.format);
  auto const format = parsed ? std::move(*parsed) : RawNode{};
  if (auto const grammar = format.child("grammar"); !grammar.empty()) {
    w.key("format").begin_object().key("type").string("grammar");
    for (auto const& m : grammar.members()) w.key(m.key).raw(grammar.raw(m));
    w.end_object();
  } else if (!format.empty()) {
    w.key("format").raw(tool.format);
  }
  w.end_object();
}

Result<> write_tool(json::Writer& w, Tool const& tool, ToolNames const& names, Flavour const& flavour) {
  switch (tool.kind) {
    case Tool::Kind::function:
      write_function(w, tool, names, flavour);
      return boost::system::in_place_value;
    case Tool::Kind::custom:
      if (flavour.custom_tools) return write_custom(w, tool, names), boost::system::in_place_value;
      return unsupported(tool.where.text(),
                         "is a custom tool, which this provider does not know: make it a function");
    default:
      w.raw(tool.raw);  // hosted at the provider, in its own spelling
      return boost::system::in_place_value;
  }
}

using Customs = std::set<std::string_view>;

Customs custom_names(std::vector<Tool> const& tools) {
  Customs out;
  for (auto const& tool : tools)
    if (tool.kind == Tool::Kind::custom) out.insert(tool.name);
  return out;
}

void write_named(json::Writer& w, std::string_view name, Customs const& customs, ToolNames const& names) {
  bool const custom = customs.contains(name);
  w.begin_object().key("type").string(custom ? "custom" : "function");
  w.key("name").string(names.out(name)).end_object();
}

void write_choice(json::Writer& w, ToolChoice const& choice, std::vector<Tool> const& tools,
                  ToolNames const& names, Flavour const& flavour) {
  switch (choice.kind) {
    case ToolChoice::Kind::unset:
      return;
    case ToolChoice::Kind::none:
      w.key("tool_choice").string("none");
      return;
    case ToolChoice::Kind::automatic:
      w.key("tool_choice").string("auto");
      return;
    case ToolChoice::Kind::required:
      w.key("tool_choice").string("required");
      return;
    case ToolChoice::Kind::named:
      w.key("tool_choice");
      write_named(w, choice.name, custom_names(tools), names);
      return;
    case ToolChoice::Kind::hosted:
      w.key("tool_choice").begin_object().key("type").string(choice.type).end_object();
      return;
    case ToolChoice::Kind::allowed:
      w.key("tool_choice");
      if (!flavour.allowed_tools) {  // the others were left out
        w.string(choice.required ? "required" : "auto");
        return;
      }
      w.begin_object().key("type").string("allowed_tools");
      w.key("mode").string(choice.required ? "required" : "auto").key("tools").begin_array();
      for (auto const customs = custom_names(tools); auto const& name : choice.allowed)
        write_named(w, name, customs, names);
      w.end_array().end_object();
      return;
  }
}

}  // namespace

Result<> write_tools(json::Writer& w, ChatRequest const& request, EncodeContext const& context,
                     ToolNames const& names, Flavour const& flavour) {
  auto const& choice = request.choice;
  if (!choice) return choice.error();
  auto tools = request.offered;
  if (!flavour.allowed_tools) std::erase_if(tools, [&](Tool const& t) { return !choice->offers(t.name); });
  auto const search = flavour.search ? flavour.search(request, context) : Search{};
  if (tools.empty() && search.tool.empty()) return boost::system::in_place_value;
  w.key("tools").begin_array();
  if (!search.tool.empty()) w.raw(search.tool);
  for (auto const& tool : tools)
    if (auto written = write_tool(w, tool, names, flavour); !written) return written;
  w.end_array();
  if (search.forced && choice->kind == ToolChoice::Kind::unset)
    w.key("tool_choice").begin_object().key("type").string("web_search").end_object();
  else
    write_choice(w, *choice, tools, names, flavour);
  if (!request.parallel) w.key("parallel_tool_calls").boolean(false);
  if (search.calls > 0) {  // each call is a step, and so is the answer
    w.key("max_tool_calls").integer(search.calls).key("max_steps").integer(search.calls + 1);
  }
  return boost::system::in_place_value;
}

Result<> write_format(json::Writer& w, ChatRequest const& request, Flavour const& flavour) {
  using Kind = conversation::AnswerFormat::Kind;
  auto const& format = request.format;
  if (!flavour.flat_format) {
    if (format.kind == Kind::json_schema) w.key("response_format").raw(format.raw);
    return boost::system::in_place_value;
  }
  auto const wordiness = request.said(conversation::Feature::verbosity);
  if (format.kind == Kind::text && !is_string(wordiness)) return boost::system::in_place_value;
  w.key("text").begin_object();
  if (format.kind != Kind::text) w.key("format").begin_object();
  if (format.kind == Kind::json_object) w.key("type").string("json_object").end_object();
  if (format.kind == Kind::json_schema) {
    w.key("type").string("json_schema").key("name").string(format.name);
    if (!format.description.empty()) w.key("description").raw(format.description);
    w.key("schema").raw(format.schema.empty() ? "{}" : format.schema);
    w.key("strict").boolean(format.strict).end_object();
  }
  if (is_string(wordiness)) w.key("verbosity").raw(wordiness);
  w.end_object();
  return boost::system::in_place_value;
}

}  // namespace tsg::providers::responses
