// Calendar months in UTC: the window of a budget.
#pragma once
#include <chrono>
#include <cstdint>

#include "tsg/core/clock.hpp"

namespace tsg::pipeline {

struct Window {
  std::int64_t start_ms = 0, end_ms = 0;  // Unix time, [start, end)
};

inline Window month_of(WallTime time) {
  using namespace std::chrono;
  auto const day = floor<days>(sys_time<nanoseconds>{nanoseconds{time.ns}});
  year_month_day const date{day};
  auto const first = sys_days{date.year() / date.month() / 1};
  auto const next = sys_days{(date.year() / date.month() + months{1}) / 1};
  return {duration_cast<milliseconds>(first.time_since_epoch()).count(),
          duration_cast<milliseconds>(next.time_since_epoch()).count()};
}

}  // namespace tsg::pipeline
