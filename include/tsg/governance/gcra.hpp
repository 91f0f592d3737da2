// The generic cell rate algorithm in integers (LIM-1): one time stamp is the whole state of a bucket.
#pragma once
#include <cstdint>

namespace tsg::governance {

struct Rate {
  std::int64_t limit = 0;  // units per period; 0 = nothing passes
  std::int64_t period_ns = 60'000'000'000;
  std::int64_t burst = 0;  // units allowed at one instant
};

struct Gcra {
  bool allowed = false;
  std::int64_t tat = 0;        // the new state; unchanged if refused
  std::int64_t remaining = 0;  // units that could pass right after
  std::int64_t reset_ns = 0;   // until the bucket is full again
  std::int64_t retry_ns = 0;   // refused: until the same request would pass
};
// `tat`: theoretical arrival time, 0 at first; `now`: monotonic, the same clock. `cost` above the burst
// never passes: the caller keeps it below.
Gcra gcra(Rate const& rate, std::int64_t tat, std::int64_t now, std::int64_t cost) noexcept;
// The state after `units` more were used than charged (negative: fewer).
std::int64_t corrected(Rate const& rate, std::int64_t tat, std::int64_t now, std::int64_t units) noexcept;

}  // namespace tsg::governance
