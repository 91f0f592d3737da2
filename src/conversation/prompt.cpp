#include "tsg/conversation/prompt.hpp"

#include <algorithm>

namespace tsg::conversation {
namespace {

std::string_view unless_null(std::string_view raw) noexcept {
  return raw == "null" ? std::string_view{} : raw;
}

void step(std::string& out, std::string_view name, std::int32_t index) {
  out += name;
  if (index >= 0) out.append("[").append(std::to_string(index)).append("]");
}

}  // namespace

std::string Where::text() const {
  std::string out;
  step(out, list, index);
  step(out, member, inner);
  return out;
}

std::string_view Prompt::said(Feature feature) const noexcept {
  auto const found = std::ranges::find(wishes, feature, &Wish::feature);
  return found == wishes.end() ? std::string_view{} : unless_null(found->raw);
}

std::string_view Prompt::said(std::string_view name) const noexcept {
  auto const found = std::ranges::find(wishes, name, &Wish::name);
  return found == wishes.end() ? std::string_view{} : unless_null(found->raw);
}

std::size_t Prompt::bytes() const noexcept {
  auto total = items.capacity() * sizeof(Item) + offered.capacity() * sizeof(Tool);
  for (auto const& item : items) total += item.parts.capacity() * sizeof(Part);
  return total;
}

void Prompt::release() {
  items = {};
  offered = {};
  choice = ToolChoice{};
  format = {};
  stops = {};
  wishes = {};
  inputs = {};
  own.clear();
  (void)std::move(document).release();
}

}  // namespace tsg::conversation
