// Counts that a usage object gives and that can be none.
#pragma once
#include <algorithm>
#include <initializer_list>
#include <string_view>

#include "providers/raw_json.hpp"

namespace tsg::providers {

// One of them is there and is negative, a fraction, or beyond any (BUD-11). Absent and null say nothing.
inline bool no_count(std::initializer_list<std::string_view> counts) noexcept {
  return std::any_of(counts.begin(), counts.end(),
                     [](std::string_view raw) { return !raw.empty() && !is_null(raw) && !count_of(raw); });
}

}  // namespace tsg::providers
