#include "surfaces/common.hpp"

#include <algorithm>

#include "tsg/conversation/feature.hpp"
#include "tsg/json/tokens.hpp"

namespace tsg::surfaces {
namespace {

constexpr std::size_t kModelMax = 256;

}  // namespace

Result<> read_model(Prompt& prompt, dom::object root) {
  std::string_view model;
  dom::element v;
  if (root["model"].get(v) != simdjson::SUCCESS) return wrong("model", "is required");
  if (v.get(model) != simdjson::SUCCESS || model.empty()) return wrong("model", "must be a non-empty string");
  if (model.size() > kModelMax) return wrong("model", "is longer than 256 bytes");
  auto const blank = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
  if (std::ranges::any_of(model, blank))
    return wrong("model", "must not contain blanks or control characters");
  prompt.model = model;
  return boost::system::in_place_value;
}

void count_raw(Prompt& prompt, std::string_view key) {
  if (auto const* m = prompt.document.find(key)) prompt.text_bytes += m->value.size();
}

std::string_view said_by(Prompt& prompt, std::string_view raw) {
  if (!is_string(raw)) return {};
  auto const inside = raw.substr(1, raw.size() - 2);
  if (inside.find('\\') == std::string_view::npos) return inside;
  return prompt.own.emplace_front(json::unquoted(raw));
}

}  // namespace tsg::surfaces
