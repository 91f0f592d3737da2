// The choice among tools, read once for all dialects. Clients that were written for another API say it in
// that API's words; what evidently means one of OpenAI's forms is taken for it, and nothing else is.
#include <algorithm>
#include <array>

#include "surfaces/chat/tools.hpp"
#include "surfaces/common.hpp"
#include "tsg/json/children.hpp"
#include "tsg/json/tokens.hpp"

namespace tsg::surfaces::chat {
namespace {

using conversation::Tool;
using conversation::ToolChoice;

std::string text_of(std::string_view raw) {
  return is_string(raw) ? json::unquoted(raw) : std::string{};
}
// A member that is an object or a list; "" if it is not there, empty, or anything else.
std::string_view inside(std::string_view object, std::string_view name) {
  auto const raw = json::member_of(object, name);
  if (!is_object(raw) && !is_array(raw)) return {};
  json::Children children{raw};
  json::Member first;
  return children.next(first) ? raw : std::string_view{};
}

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

  Result<ToolChoice> object(std::string_view choice) {
    auto const type = text_of(json::member_of(choice, "type"));
    if (known_word(type, false)) return std::move(out_);
    if (type == "allowed_tools") return allowed(choice);
    auto const nested = inside(choice, type.empty() || type == "tool" ? "function" : type);
    bool const flat = nested.empty();
    auto const name = text_of(json::member_of(flat ? choice : nested, "name"));
    bool const function = type.empty() || type == "function" || type == "tool" || type == "custom";
    if (function && name.empty()) return unknown_choice(out_.param);
    if (function) {
      auto const* tool = by_name(name);
      if (!tool) return absent(name);
      bool const legacy = out_.param == "function_call" && type.empty();
      return one(*tool, !legacy && (flat || type.empty() || type == "tool"));
    }
    auto const hosted = std::ranges::find_if(
        tools_, [&](Tool const& t) { return t.kind == Tool::Kind::hosted && t.type == type; });
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
    out_.kind = tool.kind == Tool::Kind::hosted ? ToolChoice::Kind::hosted : ToolChoice::Kind::named;
    out_.name = tool.name;
    out_.type = tool.type;
    out_.respelt = respelt;
    return std::move(out_);
  }

  Result<ToolChoice> allowed(std::string_view choice) {
    auto const nested = inside(choice, "allowed_tools");
    auto const body = nested.empty() ? choice : nested;
    out_.kind = ToolChoice::Kind::allowed;
    out_.respelt = nested.empty();
    auto const mode = text_of(json::member_of(body, "mode"));
    out_.required = mode == "required" || mode == "any";
    if (!out_.required && mode != "auto")
      return wrong("tool_choice.allowed_tools.mode", "must be one of auto, required");
    std::set<std::string_view> offered;
    for (auto const& tool : tools_) offered.insert(tool.name);
    auto const list = inside(body, "tools");
    json::Children children{list.empty() ? "[]" : list};
    for (json::Member m; children.next(m);) {
      auto const tool = list.substr(m.value.begin, m.value.size());
      auto const inner = inside(tool, text_of(json::member_of(tool, "type")));
      auto name = text_of(json::member_of(inner.empty() ? tool : inner, "name"));
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

Result<ToolChoice> choice_of(Prompt const& prompt) {
  for (std::string_view const key : {"tool_choice", "function_call"}) {
    auto const raw = prompt.said(key);
    if (raw.empty()) continue;
    ChoiceReader reader{prompt.offered, key};
    auto choice = is_string(raw)   ? reader.word(text_of(raw))
                  : is_object(raw) ? reader.object(raw)
                                   : Result<ToolChoice>{unknown_choice(key)};
    if (choice && choice->forced() && prompt.offered.empty()) return wrong(std::string{key}, "needs 'tools'");
    return choice;
  }
  return ToolChoice{};
}

}  // namespace tsg::surfaces::chat
