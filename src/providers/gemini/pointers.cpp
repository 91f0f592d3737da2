#include "providers/gemini/pointers.hpp"

#include <algorithm>

namespace tsg::providers::gemini {

Pointers::Entry* Pointers::step(Entry& from, std::string_view name) {
  if (from.members.empty())
    for (auto const& m : from.node->members()) from.members.try_emplace(m.key, &m);
  auto const member = from.members.find(name);
  if (member == from.members.end()) return nullptr;
  auto& to = from.below[member->first];
  if (!to) {
    to = std::make_unique<Entry>();
    to->own = from.node->child(*member->second);
  }
  return to.get();
}

RawNode const* Pointers::find(std::string_view pointer) {
  auto* at = &root_;
  for (auto rest = pointer.substr(2); at != nullptr && !rest.empty();) {
    auto const name = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    at = step(*at, name);
  }
  return at == nullptr || at == &root_ || at->node->empty() ? nullptr : at->node;
}

}  // namespace tsg::providers::gemini
