// Times of the week in which a policy lets requests pass.
#pragma once
#include <cstdint>
#include <memory>
#include <vector>

#include "tsg/core/clock.hpp"
#include "tsg/core/time_zone.hpp"

namespace tsg::governance {

struct Schedule {
  struct Window {
    std::uint8_t days = 0x7f;  // bit 0 = Monday
    int from_minute = 0;       // of the day, inclusive
    int to_minute = 24 * 60;   // exclusive; before `from` = past midnight, into the next day
  };
  std::shared_ptr<TimeZone const> zone;  // nullptr: a fixed offset
  int offset_minutes = 0;                // east of UTC, where there is no zone
  std::vector<Window> windows;
  bool open(WallTime now) const noexcept;
};

}  // namespace tsg::governance
