#include "upstream/name_table.hpp"

#include <algorithm>

namespace tsg::upstream {

bool NameTable::add(std::string_view host, std::uint16_t port, SteadyTime now) {
  for (auto const& name : names_)
    if (name.port == port && name.host == host) return false;
  names_.emplace_back(std::string{host}, port, now);
  return true;
}

Name const* NameTable::due(SteadyTime now) const noexcept {
  auto const first = std::min_element(names_.begin(), names_.end(),
                                      [](Name const& a, Name const& b) { return a.due < b.due; });
  return first != names_.end() && first->due <= now ? &*first : nullptr;
}

SteadyTime NameTable::next() const noexcept {
  auto next = SteadyTime::max();
  for (auto const& name : names_) next = std::min(next, name.due);
  return next;
}

void NameTable::answer(std::string_view host, std::uint16_t port, Addresses found, SteadyTime now,
                       double chance) {
  auto const name = std::find_if(names_.begin(), names_.end(),
                                 [&](Name const& n) { return n.port == port && n.host == host; });
  if (name == names_.end()) return;
  std::chrono::duration<double> wait = kRefresh;
  bool const known = name->addresses && !name->addresses->endpoints.empty();
  if (!found.endpoints.empty()) {
    found.failure.clear();
    name->failures = 0;
  } else if (known) {
    found.endpoints = name->addresses->endpoints;
  } else {
    wait =
        std::min<std::chrono::duration<double>>(kRefresh, kFirstRetry * (1 << std::min(name->failures, 5)));
    ++name->failures;
  }
  name->addresses = std::make_shared<Addresses const>(std::move(found));
  name->due = now + std::chrono::duration_cast<Steady::duration>(wait * (1.0 - 0.25 * chance));
}

}  // namespace tsg::upstream
