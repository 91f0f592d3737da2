#include "tsg/governance/schedule.hpp"

namespace tsg::governance {

bool Schedule::open(WallTime now) const noexcept {
  constexpr std::int64_t kMinute = 60'000'000'000, kDay = 24 * 60;
  auto const total = now.ns / kMinute + offset_minutes;
  auto const day = total / kDay;                         // since Thursday, 1970-01-01
  auto const weekday = static_cast<int>((day + 3) % 7);  // 0 = Monday
  auto const minute = static_cast<int>(total % kDay);
  auto const on = [](std::uint8_t days, int d) { return days >> ((d + 7) % 7) & 1; };
  for (auto const& w : windows) {
    if (w.from_minute < w.to_minute) {
      if (on(w.days, weekday) && minute >= w.from_minute && minute < w.to_minute) return true;
    } else if ((on(w.days, weekday) && minute >= w.from_minute) ||
               (on(w.days, weekday - 1) && minute < w.to_minute)) {  // past midnight
      return true;
    }
  }
  return false;
}

}  // namespace tsg::governance
