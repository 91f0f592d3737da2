// Time is an argument. Steady time for waits, wall time for records; never mixed.
#pragma once
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tsg {

using Steady = std::chrono::steady_clock;
using SteadyTime = Steady::time_point;

// Wall time: nanoseconds since the Unix epoch, UTC. Good until the year 2262.
struct WallTime {
  std::int64_t ns = 0;
  constexpr std::int64_t ms() const noexcept { return ns / 1'000'000; }
  friend constexpr auto operator<=>(WallTime, WallTime) = default;
};

class Clock {
 public:
  virtual ~Clock() = default;
  virtual SteadyTime steady() const noexcept = 0;
  virtual WallTime wall() const noexcept = 0;
};
Clock const& system_clock();

// "2026-11-24T08:25:03.123Z": always UTC, always milliseconds.
std::string to_rfc3339(WallTime time);
void append_rfc3339(std::string& out, WallTime time);
// Accepts offsets and 0..9 fraction digits; nullopt for anything RFC 3339 does not allow.
std::optional<WallTime> parse_rfc3339(std::string_view text);

}  // namespace tsg
