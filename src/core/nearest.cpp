#include "tsg/core/nearest.hpp"

#include <algorithm>

namespace tsg {

namespace {

constexpr char lower(char c) noexcept {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
}

}  // namespace

std::size_t edit_distance(std::string_view a, std::string_view b, std::size_t most) {
  std::vector<std::size_t> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      auto const replaced = last[j - 1] + (lower(a[i - 1]) == lower(b[j - 1]) ? 0 : 1);
      row[j] = std::min({last[j] + 1, row[j - 1] + 1, replaced});
      auto const swapped =
          i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]);
      if (swapped) row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
    // Never less in later rows, which look two back.
    if (*std::ranges::min_element(last) > most && *std::ranges::min_element(before) > most) return most + 1;
  }
  return last[b.size()];
}

std::vector<std::string_view> nearest(std::string_view name, std::span<std::string_view const> known,
                                      std::size_t count) {
  struct Candidate {
    std::size_t distance;
    std::string_view name;
  };
  if (name.size() > 128) return {};
  auto const most = std::max<std::size_t>(2, name.size() / 3);
  std::vector<Candidate> candidates;
  for (auto other : known) {
    auto const shorter = std::min(name.size(), other.size());
    if (std::max(name.size(), other.size()) - shorter > most) continue;
    auto const distance = edit_distance(name, other, most);
    if (distance <= most && distance < std::max(name.size(), other.size()))
      candidates.push_back({distance, other});
  }
  std::ranges::stable_sort(candidates, {}, &Candidate::distance);
  std::vector<std::string_view> names;
  for (auto const& candidate : candidates)
    if (names.size() < count) names.push_back(candidate.name);
  return names;
}

}  // namespace tsg
