// The choice among tools, read once for all dialects. Clients that were written for another API say it in
// that API's words; what evidently means one of OpenAI's forms is taken for it, and nothing else is.
#include <algorithm>
#include <array>

#include "providers/raw_json.hpp"
#include "providers/read_fields.hpp"
#include "providers/tools.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers {
namespace {

struct ChoiceWord {
  std::string_view word;
  ToolChoice::Kind kind;
  bool openai = true;
};
constexpr std::array kChoiceWords{
    ChoiceWord{"none", ToolChoice::Kind::none}, ChoiceWord{"auto", ToolChoice::Kind::automatic},
    ChoiceWord{"required", ToolChoice::Kind::required}, ChoiceWord{"any", ToolChoice::Kind::required, false}};

Error unknown_choice(std::string_view param) {
  return wrong(std::string{param},
               param == "tool_choice"
                   ? R"(must be one of none, auto, required, {"type":"function","function":{"name":…}}, )"
                     R"({"type":"custom","custom":{"name":…}}, {"type":"allowed_tools","allowed_tools":{…}})"
                   : R"(must be one of none, auto, {"name":…})");
}

class ChoiceReader {
 public:
  ChoiceReader(std::vector<Tool> const& tools, std::string_view param) : tools_{tools} { out_.param = param; }

  Result<ToolChoice> word(std::string const& text) {
    if (known_word(text, true)) return std::move(out_);
    if (auto const* tool = by_name(text)) return one(*tool, true);  // a bare name, as some frameworks take it
    return unknown_choice(out_.param);
  }

  Result<ToolChoice> object(RawNode const& choice) {
    auto const type = text_of(choice["type"]);
    if (known_word(type, false)) return std::move(out_);
    if (type == "allowed_tools") return allowed(choice);
    auto const nested = choice.child(type.empty() || type == "tool" ? "function" : type);
    bool const flat = nested.empty();
    auto const name = text_of(flat ? choice["name"] : nested["name"]);
    bool const function = type.empty() || type == "function" || type == "tool" || type == "custom";
    if (function && name.empty()) return unknown_choice(out_.param);
    if (function) {
      auto const* tool = by_name(name);
      if (!tool) return absent(name);
      bool const legacy = out_.param == "function_call" && type.empty();
      return one(*tool, !legacy && (flat || type.empty() || type == "tool"));
    }
    auto const hosted = std::ranges::find_if(
        tools_, [&](Tool const& t) { return t.kind == Tool::Kind::server && t.type == type; });
    if (hosted == tools_.end()) return unknown_choice(out_.param);
    return one(*hosted, false);
  }

 private:
  bool known_word(std::string_view text, bool bare) {
    auto const* known = std::ranges::find(kChoiceWords, text, &ChoiceWord::word);
    if (known == kChoiceWords.end()) return false;
    out_.kind = known->kind;
    out_.respelt = !bare || !known->openai;
    return true;
  }

  Tool const* by_name(std::string_view name) const {
    auto const found = std::ranges::find(tools_, name, &Tool::name);
    return name.empty() || found == tools_.end() ? nullptr : &*found;
  }

  Error absent(std::string_view name) const {
    return wrong(std::string{out_.param},
                 "names '" + std::string{name.substr(0, 64)} + "', which is none of 'tools'");
  }

  Result<ToolChoice> one(Tool const& tool, bool respelt) {
    out_.kind = tool.kind == Tool::Kind::server ? ToolChoice::Kind::hosted : ToolChoice::Kind::named;
    out_.name = tool.name;
    out_.type = tool.type;
    out_.respelt = respelt;
    return std::move(out_);
  }

  Result<ToolChoice> allowed(RawNode const& choice) {
    auto const nested = choice.child("allowed_tools");
    auto const& body = nested.empty() ? choice : nested;
    out_.kind = ToolChoice::Kind::allowed;
    out_.respelt = nested.empty();
    auto const mode = text_of(body["mode"]);
    out_.required = mode == "required" || mode == "any";
    if (!out_.required && mode != "auto")
      return wrong("tool_choice.allowed_tools.mode", "must be one of auto, required");
    std::set<std::string_view> offered;
    for (auto const& tool : tools_) offered.insert(tool.name);
    auto const list = body.child("tools");
    for (auto const& element : list.members()) {
      auto const tool = list.child(element);
      auto const inner = tool.child(text_of(tool["type"]));
      auto name = text_of(inner.empty() ? tool["name"] : inner["name"]);
      if (name.empty()) return wrong("tool_choice.allowed_tools.tools", "must name tools");
      if (!offered.contains(name)) return absent(name);
      if (out_.names.insert(name).second) out_.allowed.push_back(std::move(name));
    }
    if (out_.allowed.empty()) return wrong("tool_choice.allowed_tools.tools", "must name a tool at least");
    return std::move(out_);
  }

  std::vector<Tool> const& tools_;
  ToolChoice out_;
};

}  // namespace

Result<ToolChoice> tool_choice_of(ChatRequest const& request, std::vector<Tool> const& tools) {
  auto const& d = request.document;
  for (std::string_view const key : {"tool_choice", "function_call"}) {
    auto const* m = d.find(key);
    auto const raw = m ? d.raw(m->value) : std::string_view{};
    if (raw.empty() || is_null(raw)) continue;
    ChoiceReader reader{tools, key};
    auto const node = RawNode::parse(raw);
    auto choice = is_string(raw) ? reader.word(text_of(raw))
                  : node         ? reader.object(*node)
                                 : Result<ToolChoice>{unknown_choice(key)};
    if (choice && choice->forced() && tools.empty()) return wrong(std::string{key}, "needs 'tools'");
    return choice;
  }
  return ToolChoice{};
}

std::string chat_choice(ToolChoice const& choice) {
  switch (choice.kind) {
    case ToolChoice::Kind::none:
      return R"("none")";
    case ToolChoice::Kind::required:
      return R"("required")";
    case ToolChoice::Kind::named: {
      std::string out;
      json::Writer w{out};
      w.begin_object().key("type").string("function").key("function").begin_object();
      w.key("name").string(choice.name).end_object().end_object();
      return out;
    }
    default:
      return R"("auto")";
  }
}

}  // namespace tsg::providers
