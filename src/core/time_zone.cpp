#include "tsg/core/time_zone.hpp"

#include <algorithm>
#include <chrono>
#include <fstream>
#include <sstream>

namespace tsg {
namespace {

constexpr std::int64_t kDay = 86'400;

std::int64_t big_endian(std::string_view bytes) noexcept {
  std::uint64_t v = bytes.empty() || (bytes[0] & 0x80) == 0 ? 0 : ~std::uint64_t{0};  // sign
  for (char const c : bytes) v = v << 8 | static_cast<unsigned char>(c);
  return static_cast<std::int64_t>(v);
}

Error bad(std::string_view name, std::string_view why) {
  return Error{Errc::bad_request, "time zone '" + std::string{name} + "' " + std::string{why}};
}

bool take_number(std::string_view& text, std::int64_t& out, std::int64_t max) {
  std::size_t n = 0;
  std::int64_t v = 0;
  while (n < text.size() && n < 4 && text[n] >= '0' && text[n] <= '9') v = v * 10 + (text[n++] - '0');
  if (n == 0 || v > max) return false;
  text.remove_prefix(n);
  out = v;
  return true;
}

// [+-]hh[:mm[:ss]] as seconds.
bool take_clock(std::string_view& text, std::int64_t& seconds) {
  bool const negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  std::int64_t h = 0, m = 0, s = 0;
  if (!take_number(text, h, 167)) return false;
  if (text.starts_with(':')) {
    text.remove_prefix(1);
    if (!take_number(text, m, 59)) return false;
    if (text.starts_with(':')) {
      text.remove_prefix(1);
      if (!take_number(text, s, 59)) return false;
    }
  }
  seconds = (h * 60 + m) * 60 + s;
  if (negative) seconds = -seconds;
  return true;
}

bool take_abbreviation(std::string_view& text) {
  std::size_t n = 0;
  if (text.starts_with('<')) {
    n = text.find('>');
    if (n == std::string_view::npos) return false;
    text.remove_prefix(n + 1);
    return true;
  }
  while (n < text.size() && ((text[n] >= 'A' && text[n] <= 'Z') || (text[n] >= 'a' && text[n] <= 'z'))) ++n;
  text.remove_prefix(n);
  return n >= 3;
}

std::int64_t days_from(int year, int month, int day) noexcept {
  using namespace std::chrono;
  auto const date = std::chrono::year{year} / std::chrono::month{static_cast<unsigned>(month)} /
                    std::chrono::day{static_cast<unsigned>(day)};
  return sys_days{date}.time_since_epoch().count();
}

int year_of(std::int64_t seconds) noexcept {
  using namespace std::chrono;
  return int{year_month_day{floor<days>(sys_seconds{std::chrono::seconds{seconds}})}.year()};
}

}  // namespace

Result<TimeZone> TimeZone::load(std::string_view name) {
  if (name == "UTC") return TimeZone{};
  bool const safe = !name.empty() && name.size() < 64 && name.front() != '/' &&
                    name.find("..") == std::string_view::npos &&
                    std::all_of(name.begin(), name.end(), [](char c) {
                      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                             c == '/' || c == '_' || c == '-' || c == '+';
                    });
  if (!safe) return bad(name, "is not an IANA name such as Europe/Berlin");
  std::ifstream in{"/usr/share/zoneinfo/" + std::string{name}, std::ios::binary};
  std::ostringstream bytes;
  if (!in || !(bytes << in.rdbuf()))
    return bad(name, "is not in /usr/share/zoneinfo: check the name, or install tzdata");
  return parse(name, bytes.str());
}

Result<TimeZone> TimeZone::parse(std::string_view name, std::string_view file) {
  TimeZone zone;
  zone.name_ = name;
  auto const damaged = [name] { return bad(name, "has a damaged TZif file"); };
  constexpr std::size_t head = 44;
  struct Counts {
    std::size_t utc, standard, leap, times, types, chars;
  };
  auto const counts_at = [&](std::size_t at) {
    auto const n = [&](std::size_t i) {
      return static_cast<std::size_t>(big_endian(file.substr(at + 20 + 4 * i, 4)));
    };
    return Counts{n(0), n(1), n(2), n(3), n(4), n(5)};
  };
  if (file.size() < head || !file.starts_with("TZif") || file[4] < '2') return damaged();
  auto const old = counts_at(0);  // 32-bit times: skipped
  for (auto const n : {old.utc, old.standard, old.leap, old.times, old.types, old.chars})
    if (n > 100'000) return damaged();
  std::size_t at = head + old.times * 5 + old.types * 6 + old.chars + old.leap * 8 + old.standard + old.utc;
  if (file.size() < at + head || file.substr(at, 4) != "TZif") return damaged();
  auto const c = counts_at(at);
  for (auto const n : {c.utc, c.standard, c.leap, c.times, c.types, c.chars})
    if (n > 100'000) return damaged();
  at += head;
  auto const indexes = at + c.times * 8, types = indexes + c.times;
  auto const footer = types + c.types * 6 + c.chars + c.leap * 12 + c.standard + c.utc;
  if (c.types == 0 || file.size() < footer + 2) return damaged();
  auto const offset_of = [&](std::size_t type) { return big_endian(file.substr(types + type * 6, 4)); };
  zone.first_offset_ = offset_of(0);
  for (std::size_t i = 0; i < c.times; ++i) {
    auto const type = static_cast<unsigned char>(file[indexes + i]);
    if (type >= c.types) return damaged();
    Change change;
    change.at = big_endian(file.substr(at + i * 8, 8));
    change.offset = offset_of(type);
    if (!zone.changes_.empty() && change.at <= zone.changes_.back().at) return damaged();
    zone.changes_.push_back(change);
  }
  auto text = file.substr(footer + 1);
  text = text.substr(0, text.find('\n'));
  if (!text.empty() && !zone.read_footer(text))
    return bad(name, "changes by a rule this build does not know");
  return zone;
}

bool TimeZone::read_rule(std::string_view& text, Rule& rule) {
  std::int64_t month = 0, week = 0, day = 0;
  if (!text.starts_with(",M")) return false;
  text.remove_prefix(2);
  if (!take_number(text, month, 12) || month < 1 || !text.starts_with('.')) return false;
  text.remove_prefix(1);
  if (!take_number(text, week, 5) || week < 1 || !text.starts_with('.')) return false;
  text.remove_prefix(1);
  if (!take_number(text, day, 6)) return false;
  rule.month = static_cast<int>(month);
  rule.week = static_cast<int>(week);
  rule.day = static_cast<int>(day);
  if (!text.starts_with('/')) return true;
  text.remove_prefix(1);
  return take_clock(text, rule.seconds);
}

// A POSIX TZ string: "CET-1CEST,M3.5.0,M10.5.0/3", whose offsets count westwards.
bool TimeZone::read_footer(std::string_view text) {
  has_footer_ = true;
  if (!take_abbreviation(text) || !take_clock(text, winter_)) return false;
  winter_ = -winter_;
  if (text.empty()) return true;
  has_summer_ = true;
  if (!take_abbreviation(text)) return false;
  summer_ = winter_ + 3600;
  if (!text.starts_with(',')) {
    if (!take_clock(text, summer_)) return false;
    summer_ = -summer_;
  }
  return read_rule(text, to_summer_) && read_rule(text, to_winter_) && text.empty();
}

std::int64_t TimeZone::change_in(int year, Rule const& rule, std::int64_t offset_before) const noexcept {
  auto const first = days_from(year, rule.month, 1);
  auto const weekday = (first % 7 + 11) % 7;  // 1970-01-01 was a Thursday
  auto day = first + (rule.day - weekday + 7) % 7 + std::int64_t{7} * (rule.week - 1);
  auto const next = rule.month == 12 ? days_from(year + 1, 1, 1) : days_from(year, rule.month + 1, 1);
  while (day >= next) day -= 7;  // week 5 means the last
  return day * kDay + rule.seconds - offset_before;
}

std::int64_t TimeZone::after_last(std::int64_t utc_s) const noexcept {
  if (!has_summer_) return winter_;
  auto const year = year_of(utc_s + winter_);
  auto const up = change_in(year, to_summer_, winter_), down = change_in(year, to_winter_, summer_);
  bool const summer = up < down ? utc_s >= up && utc_s < down : utc_s >= up || utc_s < down;
  return summer ? summer_ : winter_;
}

std::int64_t TimeZone::offset_at(std::int64_t utc_s) const noexcept {
  if (changes_.empty() || utc_s >= changes_.back().at) {
    if (has_footer_) return after_last(utc_s);
    return changes_.empty() ? first_offset_ : changes_.back().offset;
  }
  auto const next = std::upper_bound(changes_.begin(), changes_.end(), utc_s,
                                     [](std::int64_t t, Change const& c) { return t < c.at; });
  return next == changes_.begin() ? first_offset_ : std::prev(next)->offset;
}

// The first second at which the local clock shows the first of the month, or anything later. Offsets change
// at whole seconds, so a search within the two days around is exact: local time minus its offset, tried for
// every offset in force there.
std::int64_t TimeZone::month_start(std::int64_t month) const noexcept {
  auto const year = static_cast<int>(1970 + (month >= 0 ? month / 12 : (month - 11) / 12));
  auto const of_year = static_cast<int>((month % 12 + 12) % 12) + 1;
  auto const local = days_from(year, of_year, 1) * kDay;
  // Segments of one offset: their borders are found by bisection between two instants that differ.
  auto at = local - 2 * kDay;
  auto const end = local + 2 * kDay;
  while (at < end) {
    auto const offset = offset_at(at);
    auto border = end;
    for (auto probe = at + 900; probe < end; probe += 900) {  // changes are never closer than that
      if (offset_at(probe) == offset) continue;
      auto low = probe - 900;
      while (low + 1 < probe) {
        auto const middle = low + (probe - low) / 2;
        (offset_at(middle) == offset ? low : probe) = middle;
      }
      border = probe;
      break;
    }
    auto const candidate = std::max(at, local - offset);
    if (candidate < border) return candidate;
    at = border;
  }
  return local - offset_at(local);
}

Window TimeZone::month_of(WallTime time) const noexcept {
  using namespace std::chrono;
  auto const utc_s = floor<seconds>(sys_time<nanoseconds>{nanoseconds{time.ns}}).time_since_epoch().count();
  auto const local = sys_seconds{seconds{utc_s + offset_at(utc_s)}};
  year_month_day const date{floor<days>(local)};
  auto month = (int{date.year()} - 1970) * std::int64_t{12} + unsigned{date.month()} - 1;
  auto next = month_start(month + 1);
  if (utc_s >= next) next = month_start(++month + 1);  // the clock was set back over the border
  return {month_start(month) * 1000, next * 1000};
}

}  // namespace tsg
