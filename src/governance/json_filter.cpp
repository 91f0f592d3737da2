#include "tsg/governance/json_filter.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "tsg/json/writer.hpp"

namespace tsg::governance {
namespace {

// Names and encoded bytes: a match in them would be chance, and a change would break the request.
constexpr std::array<std::string_view, 13> kNot{
    "role",   "type",   "id",     "data",          "file_data",    "tool_call_id",   "model",
    "object", "format", "detail", "finish_reason", "service_tier", "encoding_format"};

Result<> filter_one(ContentRules const& rules, Tally& tally, std::string_view text, json::Span value,
                    std::vector<Replacement>& changes, Form form) {
  auto const raw = text.substr(value.begin, value.size());
  bool const plain = raw.find('\\') == raw.npos;
  auto const decoded =
      plain ? std::string{raw.substr(1, raw.size() - 2)} : nlohmann::json::parse(raw).get<std::string>();
  if (decoded.starts_with("data:")) return boost::system::in_place_value;
  auto filtered = filter_text(rules, tally, decoded, form);
  if (!filtered) return filtered.error();
  if (*filtered) changes.push_back({value, json::quoted(**filtered)});
  return boost::system::in_place_value;
}

}  // namespace

Result<> filter_strings(ContentRules const& rules, Tally& tally, std::string_view text, json::Span value,
                        std::vector<Replacement>& changes, Forms forms) {
  switch (text[value.begin]) {
    case '"':
      return filter_one(rules, tally, text, value, changes, forms.here);
    case '{':
    case '[': {  // depth is bounded: the text has been scanned with a limit
      auto const inner = json::scan_children(text, value);
      if (!inner) return inner.error();
      for (auto const& m : inner->members) {
        if (std::find(kNot.begin(), kNot.end(), m.key) != kNot.end()) continue;
        bool const is_json = m.key == "arguments" || (forms.content && m.key == "content");
        auto inside = forms;
        inside.here = is_json ? Form::json : Form::text;
        auto done = filter_strings(rules, tally, text, m.value, changes, inside);
        if (!done) return done;
      }
      return boost::system::in_place_value;
    }
    default:
      return boost::system::in_place_value;
  }
}

std::string applied(std::string_view text, std::vector<Replacement> const& changes) {
  std::string out;
  std::size_t at = 0;
  for (auto const& c : changes) {
    out += text.substr(at, c.span.begin - at);
    out += c.text;
    at = c.span.end;
  }
  out += text.substr(at);
  return out;
}

Result<std::optional<std::string>> filter_prompt(ContentRules const& rules, Tally& tally,
                                                 json::Document const& body) {
  std::vector<Replacement> changes;
  for (auto const& m : body.members()) {
    if (std::find(kNot.begin(), kNot.end(), m.key) != kNot.end()) continue;
    auto done = filter_strings(rules, tally, body.text(), m.value, changes);
    if (!done) return done.error();
  }
  if (changes.empty()) return std::optional<std::string>{};
  return std::optional{applied(body.text(), changes)};
}

}  // namespace tsg::governance
