#include "tsg/governance/schedule.hpp"

namespace tsg::governance {

bool Schedule::open(WallTime now) const noexcept {
  constexpr std::int64_t kDay = 24 * 60;
  auto const utc_s = now.ns / 1'000'000'000;
  // What the clock on the wall shows: a window is as long as its hours there, also when the clock is changed.
  auto const total = (utc_s + (zone ? zone->offset_at(utc_s) : offset_minutes * std::int64_t{60})) / 60;
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
