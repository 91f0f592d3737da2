#include "tsg/core/clock.hpp"

#include <chrono>

namespace tsg {
namespace {

class SystemClock final : public Clock {
 public:
  SteadyTime steady() const noexcept override { return Steady::now(); }
  WallTime wall() const noexcept override {
    return {std::chrono::duration_cast<std::chrono::nanoseconds>(
                std::chrono::system_clock::now().time_since_epoch())
                .count()};
  }
};

void put(char*& at, unsigned value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
  at += digits;
}

// `digits` decimal digits at `i`; -1 if they are not there.
int take(std::string_view text, std::size_t& i, int digits) {
  int value = 0;
  for (int k = 0; k < digits; ++k, ++i) {
    if (i >= text.size() || text[i] < '0' || text[i] > '9') return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

bool take_char(std::string_view text, std::size_t& i, char upper, char lower) {
  if (i >= text.size() || (text[i] != upper && text[i] != lower)) return false;
  ++i;
  return true;
}

}  // namespace

Clock const& system_clock() {
  static SystemClock const clock;
  return clock;
}

void append_rfc3339(std::string& out, WallTime time) {
  using namespace std::chrono;
  auto const point = floor<milliseconds>(sys_time<nanoseconds>{nanoseconds{time.ns}});
  auto const day = floor<days>(point);
  year_month_day const date{day};
  hh_mm_ss const clock{point - day};
  char text[24];
  char* at = text;
  put(at, static_cast<unsigned>(int{date.year()}), 4);
  *at++ = '-';
  put(at, unsigned{date.month()}, 2);
  *at++ = '-';
  put(at, unsigned{date.day()}, 2);
  *at++ = 'T';
  put(at, static_cast<unsigned>(clock.hours().count()), 2);
  *at++ = ':';
  put(at, static_cast<unsigned>(clock.minutes().count()), 2);
  *at++ = ':';
  put(at, static_cast<unsigned>(clock.seconds().count()), 2);
  *at++ = '.';
  put(at, static_cast<unsigned>(clock.subseconds().count()), 3);
  *at++ = 'Z';
  out.append(text, sizeof text);
}

std::string to_rfc3339(WallTime time) {
  std::string out;
  append_rfc3339(out, time);
  return out;
}

std::optional<WallTime> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  std::size_t i = 0;
  int const y = take(text, i, 4);
  if (y < 0 || !take_char(text, i, '-', '-')) return std::nullopt;
  int const mo = take(text, i, 2);
  if (mo < 0 || !take_char(text, i, '-', '-')) return std::nullopt;
  int const d = take(text, i, 2);
  if (d < 0 || !take_char(text, i, 'T', 't')) return std::nullopt;
  int const h = take(text, i, 2);
  if (h < 0 || h > 23 || !take_char(text, i, ':', ':')) return std::nullopt;
  int const mi = take(text, i, 2);
  if (mi < 0 || mi > 59 || !take_char(text, i, ':', ':')) return std::nullopt;
  int const s = take(text, i, 2);
  if (s < 0 || s > 59) return std::nullopt;  // leap seconds are refused: no wall clock of ours shows them
  std::int64_t fraction = 0;
  if (i < text.size() && text[i] == '.') {
    std::int64_t scale = 100'000'000;
    std::size_t const first = ++i;
    for (; i < text.size() && text[i] >= '0' && text[i] <= '9'; ++i, scale /= 10)
      fraction += (text[i] - '0') * scale;
    if (i == first || i - first > 9) return std::nullopt;
  }
  minutes offset{0};
  if (!take_char(text, i, 'Z', 'z')) {
    if (i >= text.size() || (text[i] != '+' && text[i] != '-')) return std::nullopt;
    int const sign = text[i++] == '-' ? -1 : 1;
    int const oh = take(text, i, 2);
    if (oh < 0 || oh > 23 || !take_char(text, i, ':', ':')) return std::nullopt;
    int const om = take(text, i, 2);
    if (om < 0 || om > 59) return std::nullopt;
    offset = minutes{sign * (oh * 60 + om)};
  }
  if (i != text.size()) return std::nullopt;
  year_month_day const date{year{y}, month{static_cast<unsigned>(mo)}, day{static_cast<unsigned>(d)}};
  // Nanoseconds since 1970 in 64 bits: 1678 to 2261 with room to spare.
  if (!date.ok() || y < 1678 || y > 2261) return std::nullopt;
  auto const point = sys_days{date} + hours{h} + minutes{mi} + seconds{s} - offset;
  return WallTime{duration_cast<nanoseconds>(point.time_since_epoch()).count() + fraction};
}

}  // namespace tsg
