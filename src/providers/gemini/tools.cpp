// Tools and the choice among them (§2.4).
#include "providers/tools.hpp"

#include "providers/gemini/encode.hpp"
#include "providers/gemini/schema.hpp"
#include "providers/judge.hpp"
#include "providers/raw_json.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::gemini {
namespace {

Result<std::string> declaration(Tool const& tool, Encoding const& e) {
  if (tool.kind != Tool::Kind::function)
    return unsupported(tool.at, "must be a function: other kinds of tools are not offered by this provider");
  std::string out;
  json::Writer w{out};
  w.begin_object().key("name").string(e.names.out(tool.name));
  if (!tool.description.empty()) w.key("description").raw(tool.description);
  if (is_object(tool.parameters) && !no_parameters(tool.parameters)) {
    if (e.rules.text("schema", "json") == "json") {
      w.key("parametersJsonSchema").raw(tool.parameters);
    } else {
      auto const schema = openapi_schema(tool.parameters, tool.at + ".function.parameters");
      if (!schema) return schema.error();
      w.key("parameters").raw(*schema);
    }
  }
  w.end_object();
  return out;
}

std::string config(std::string_view mode, std::vector<std::string> const& names) {
  std::string out;
  json::Writer w{out};
  w.begin_object().key("functionCallingConfig").begin_object().key("mode").string(mode);
  if (!names.empty()) {
    w.key("allowedFunctionNames").begin_array();
    for (auto const& name : names) w.string(name);
    w.end_array();
  }
  w.end_object().end_object();
  return out;
}

// VALIDATED leaves the model free to answer; AUTO takes no list of names.
std::string tool_config(ToolChoice const& choice, ToolNames const& names) {
  switch (choice.kind) {
    case ToolChoice::Kind::unset:
      return {};
    case ToolChoice::Kind::none:
      return config("NONE", {});
    case ToolChoice::Kind::automatic:
      return config("AUTO", {});
    case ToolChoice::Kind::required:
      return config("ANY", {});
    case ToolChoice::Kind::named:
    case ToolChoice::Kind::hosted:  // refused with its tool
      return config("ANY", {std::string{names.out(choice.name)}});
    case ToolChoice::Kind::allowed:
      return config(choice.required ? "ANY" : "VALIDATED", names.out(choice.allowed));
  }
  return {};
}

Result<> check_search(Encoding& e) {
  constexpr std::string_view kName = "web_search_options";
  if (e.context.family && !e.context.family->capabilities.web_search)
    return unsupported(std::string{kName}, "is not offered by this model");
  if (e.request.tools)
    return unsupported(std::string{kName}, "cannot be combined with function tools: leave one of them out");
  auto const options = RawNode::parse(given(e.request, kName));
  if (!options) return boost::system::in_place_value;
  for (auto const& m : options->members()) {
    if (is_null(options->raw(m))) continue;
    if (m.key != "search_context_size")
      return unsupported(std::string{kName} + "." + std::string{m.key},
                         "has no equivalent at this provider: leave it out");
    e.dropped.push_back(std::string{kName} + "." + std::string{m.key});
  }
  return boost::system::in_place_value;
}

}  // namespace

Result<ToolSetup> tools_for(Encoding& e) {
  ToolSetup out;
  auto const choice = tool_choice_of(e.request, e.tools);
  if (!choice) return choice.error();
  if (!given(e.request, "web_search_options").empty()) {
    if (auto checked = check_search(e); !checked) return checked.error();
    out.tools = R"({"googleSearch":{}})";
    return out;
  }
  std::string list;
  bool strict = false;
  for (auto const& tool : e.tools) {
    auto const declared = declaration(tool, e);
    if (!declared) return declared.error();
    if (!list.empty()) list += ',';
    list += *declared;
    strict |= tool.strict;
  }
  if (list.empty()) return out;
  if (strict) e.dropped.emplace_back("tools.strict");
  out.tools = "{\"functionDeclarations\":[" + list + "]}";
  out.config = tool_config(*choice, e.names);
  return out;
}

}  // namespace tsg::providers::gemini
