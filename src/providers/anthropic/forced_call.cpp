#include "providers/anthropic/forced_call.hpp"

#include "providers/anthropic/schema.hpp"
#include "providers/anthropic/tools.hpp"
#include "providers/raw_json.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::anthropic {
namespace {

// References are from the root of a schema, which is no root any more: definitions move to the new root under
// names of their own, other places get the way that leads to them now.
class Nested {
 public:
  Nested(std::string fitted, std::size_t place) : text_{std::move(fitted)}, place_{std::to_string(place)} {}

  void write(json::Writer& w, json::Writer& definitions, bool& any) {
    relocate();
    auto const root = RawNode::parse(text_);
    if (!root) return;  // our own writing
    w.begin_object();
    for (auto const& m : root->members()) {
      if (!is_definitions(m.key)) {
        w.key(m.key).raw(root->raw(m));
        continue;
      }
      auto const list = root->child(m);
      for (auto const& one : list.members()) {
        if (!std::exchange(any, true)) definitions.begin_object();
        definitions.key(prefix(m.key) + std::string{one.key}).raw(list.raw(one));
      }
    }
    w.end_object();
  }

 private:
  static bool is_definitions(std::string_view key) noexcept { return key == "$defs" || key == "definitions"; }
  std::string prefix(std::string_view key) const { return (key == "$defs" ? "f" : "d") + place_ + "_"; }

  void relocate() {
    constexpr std::string_view kReference = R"("$ref":"#/)";
    auto const elsewhere = "properties/call/anyOf/" + place_ + "/properties/arguments/";
    std::string out;
    std::size_t done = 0;
    for (auto at = text_.find(kReference); at != std::string::npos; at = text_.find(kReference, done)) {
      auto const to = at + kReference.size();
      out.append(text_, done, to - done);
      done = to;
      for (std::string_view const key : {"$defs", "definitions"})
        if (text_.compare(to, key.size() + 1, std::string{key} + "/") == 0) {
          out += "$defs/" + prefix(key);
          done = to + key.size() + 1;
        }
      if (done == to) out += elsewhere;
    }
    out.append(text_, done);
    text_ = std::move(out);
  }

  std::string text_, place_;
};

std::optional<std::string> fitted_schema(Tool const& tool) {
  auto const schema = input_schema(tool);
  if (!schema) return std::nullopt;
  auto fitted = fit_schema(*schema, tool.at);
  if (!fitted) return std::nullopt;
  return std::move(fitted->json);
}

std::optional<std::string> one_of(std::vector<Tool const*> const& functions, ToolNames const& names) {
  std::string options, definitions;
  json::Writer w{options}, d{definitions};
  bool any = false;
  w.begin_array();
  for (std::size_t i = 0; i < functions.size(); ++i) {
    auto schema = fitted_schema(*functions[i]);
    if (!schema) return std::nullopt;
    w.begin_object().key("type").string("object").key("properties").begin_object();
    w.key("name").begin_object().key("const").string(names.out(functions[i]->name)).end_object();
    w.key("arguments");
    Nested{std::move(*schema), i}.write(w, d, any);
    w.end_object().key("required").raw(R"(["name","arguments"])");
    w.key("additionalProperties").boolean(false).end_object();
  }
  w.end_array();
  if (any) d.end_object();
  std::string out;
  json::Writer root{out};
  root.begin_object().key("type").string("object").key("properties").begin_object();
  root.key("call").begin_object().key("anyOf").raw(options).end_object().end_object();
  root.key("required").raw(R"(["call"])").key("additionalProperties").boolean(false);
  if (any) root.key("$defs").raw(definitions);
  root.end_object();
  return out;
}

}  // namespace

std::optional<ForcedFormat> forced_format(std::vector<Tool> const& tools, ToolChoice const& choice,
                                          ToolNames const& names) {
  std::vector<Tool const*> functions;
  for (auto const& tool : tools) {
    bool const meant =
        choice.kind == ToolChoice::Kind::named ? tool.name == choice.name : choice.offers(tool.name);
    if (!meant) continue;
    if (tool.kind != Tool::Kind::function) return std::nullopt;
    functions.push_back(&tool);
    if (choice.kind == ToolChoice::Kind::named) break;
  }
  if (functions.empty()) return std::nullopt;
  bool const single = functions.size() == 1;
  auto schema = single ? fitted_schema(*functions.front()) : one_of(functions, names);
  if (!schema) return std::nullopt;
  ForcedFormat out;
  out.schema = std::move(*schema);
  out.call.any = true;
  if (single) out.call.name = names.out(functions.front()->name);
  out.instruction =
      json::quoted(single ? "Call the function `" + out.call.name +
                                "`: answer with the JSON object of its arguments and nothing else."
                          : "Call exactly one of the functions: answer with the JSON object "
                            R"({"call":{"name":…,"arguments":{…}}} and nothing else.)");
  return out;
}

std::optional<WholeItem> call_from(ForcedCall const& forced, std::string const& text, std::string id) {
  if (!forced.name.empty()) return whole_call(std::move(id), forced.name, text);
  auto const root = RawNode::parse(text);
  if (!root) return std::nullopt;
  auto const call = root->child("call");
  auto name = text_of(call["name"]);
  if (name.empty() || !is_object(call["arguments"])) return std::nullopt;
  return whole_call(std::move(id), std::move(name), std::string{call["arguments"]});
}

}  // namespace tsg::providers::anthropic
