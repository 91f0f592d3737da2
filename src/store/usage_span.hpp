// A time as the roll-ups have it: whole UTC days, quarters of an hour around them, and what is left over,
// which only the ledger's rows can tell. Pure.
#pragma once
#include <algorithm>
#include <cstdint>
#include <vector>

namespace tsg::store {

constexpr std::int64_t kQuarterMs = 900'000, kDayMs = 86'400'000;

struct Span {
  std::int64_t from = 0, to = 0;  // ms, [from, to)
  bool empty() const noexcept { return from >= to; }
  bool has(std::int64_t ms) const noexcept { return ms >= from && ms < to; }
};

constexpr std::int64_t floor_to(std::int64_t ms, std::int64_t grain) noexcept {
  auto const rest = ms % grain;
  return ms - (rest < 0 ? rest + grain : rest);
}
constexpr std::int64_t ceil_to(std::int64_t ms, std::int64_t grain) noexcept {
  return floor_to(ms + grain - 1, grain);
}

struct Spans {
  Span days;                   // usage_day
  std::vector<Span> quarters;  // usage_quarter
  std::vector<Span> rows;      // ledger
  Span summed;                 // days and quarters together
};

inline Spans split(Span s) {
  // Beyond the years a request can be from, so that no arithmetic overflows.
  constexpr std::int64_t first = 0, last = 253'402'300'800'000;
  s.from = std::clamp(s.from, first, last);
  s.to = std::clamp(s.to, first, last);
  Spans out;
  auto const add = [](std::vector<Span>& to, std::int64_t a, std::int64_t b) {
    if (a < b) to.push_back(Span{a, b});
  };
  auto const q0 = ceil_to(s.from, kQuarterMs), q1 = floor_to(s.to, kQuarterMs);
  if (q0 >= q1) {
    add(out.rows, s.from, s.to);
    return out;
  }
  out.summed = Span{q0, q1};
  add(out.rows, s.from, q0);
  add(out.rows, q1, s.to);
  auto const d0 = ceil_to(q0, kDayMs), d1 = floor_to(q1, kDayMs);
  if (d0 >= d1) {
    add(out.quarters, q0, q1);
    return out;
  }
  out.days = Span{d0, d1};
  add(out.quarters, q0, d0);
  add(out.quarters, d1, q1);
  return out;
}

}  // namespace tsg::store
