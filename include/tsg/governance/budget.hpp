// A budget document: money per calendar month, and what was granted on top of it for a while.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "tsg/core/clock.hpp"
#include "tsg/core/error.hpp"
#include "tsg/core/money.hpp"
#include "tsg/core/time_zone.hpp"

namespace tsg::governance {

struct TopUp {  // counts in the month it was granted in, until it expires
  std::string id, reason;
  Nano amount;
  WallTime granted_at, expires_at;
};

struct Budget {
  Nano monthly;
  std::vector<int> alerts_percent{50, 80, 100};  // ascending; of the limit, top-ups included
  std::vector<TopUp> topups;
};
// {"monthly_usd":"100.00","alerts_percent":[50,80,100],
//  "topups":[{"id":"top_…","usd":"25.00","granted_at":"…","expires_at":"…","reason":"…"}]}. Strict.
Result<Budget> parse_budget(std::string_view json);

// What may be spent in `month`, as of `now`. Money granted once counts once: not in the next month too.
// No job ends a top-up: who asks a moment later is told less.
Nano limit_at(Budget const& budget, Window month, WallTime now) noexcept;

}  // namespace tsg::governance
