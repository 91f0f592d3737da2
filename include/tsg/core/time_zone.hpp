// Calendar months of a time zone as UTC instants (FIN-15). gcc 12's <chrono> has no zone database, and
// glibc's zone is one global of the process: so the system's TZif files (RFC 8536) are read here. Immutable,
// thread-safe.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/core/clock.hpp"
#include "tsg/core/error.hpp"

namespace tsg {

struct Window {
  std::int64_t start_ms = 0, end_ms = 0;  // Unix time, [start, end)
  friend bool operator==(Window const&, Window const&) = default;
};

class TimeZone {
 public:
  TimeZone() = default;  // UTC
  // An IANA name, from /usr/share/zoneinfo (package tzdata). The error says what is wrong with the name.
  static Result<TimeZone> load(std::string_view name);
  static Result<TimeZone> parse(std::string_view name, std::string_view tzif);

  std::string const& name() const noexcept { return name_; }
  std::int64_t offset_at(std::int64_t utc_s) const noexcept;  // seconds to add for local time
  // The calendar month the instant is in. A month begins when the local clock first shows its first midnight,
  // or, where a clock change skips that, the first time after it. Months follow each other without gaps.
  Window month_of(WallTime time) const noexcept;

 private:
  struct Rule {  // of the footer: "M3.5.0/2", seconds of local time at which the offset changes
    int month = 0, week = 0, day = 0;
    std::int64_t seconds = 7200;
  };
  struct Change {
    std::int64_t at = 0, offset = 0;  // from this second on
  };
  static bool read_rule(std::string_view& text, Rule& rule);
  bool read_footer(std::string_view text);
  std::int64_t change_in(int year, Rule const& rule, std::int64_t offset_before) const noexcept;
  std::int64_t after_last(std::int64_t utc_s) const noexcept;
  std::int64_t month_start(std::int64_t month) const noexcept;  // months since 1970-01

  std::string name_ = "UTC";
  std::vector<Change> changes_;
  std::int64_t first_offset_ = 0;
  // After the last change: one offset, or two that alternate by rule every year.
  bool has_footer_ = false, has_summer_ = false;
  std::int64_t winter_ = 0, summer_ = 0;
  Rule to_summer_, to_winter_;
};

}  // namespace tsg
