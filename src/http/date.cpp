#include "tsg/http/date.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <chrono>
#include <ctime>

namespace tsg::http {
namespace {

constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                   "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

// Reads one piece after the other; any that does not fit fails the whole.
class DateReader {
 public:
  explicit DateReader(std::string_view text) : rest_{text} {}
  bool ok() const noexcept { return ok_ && rest_.empty(); }
  void literal(std::string_view what) {
    ok_ = ok_ && rest_.starts_with(what);
    if (ok_) rest_.remove_prefix(what.size());
  }
  void past(char c) {  // a day's name, which says nothing new
    auto const at = rest_.find(c);
    ok_ = ok_ && at != std::string_view::npos && at >= 3;
    if (ok_) rest_.remove_prefix(at + 1);
  }
  int number(std::size_t digits) {
    int out = 0;
    ok_ = ok_ && rest_.size() >= digits;
    if (!ok_) return 0;
    auto part = rest_.substr(0, digits);
    if (digits == 2 && part.front() == ' ') part.remove_prefix(1);  // asctime's day
    auto const [end, ec] = std::from_chars(part.data(), part.data() + part.size(), out);
    ok_ = ec == std::errc{} && end == part.data() + part.size() && out >= 0;
    rest_.remove_prefix(digits);
    return out;
  }
  unsigned month() {
    auto const at = std::ranges::find(kMonths, rest_.substr(0, 3));
    ok_ = ok_ && at != kMonths.end();
    if (ok_) rest_.remove_prefix(3);
    return static_cast<unsigned>(at - kMonths.begin()) + 1;
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

}  // namespace

std::optional<std::int64_t> parse_date(std::string_view text) noexcept {
  DateReader r{text};
  int year = 0, day = 0, hour = 0, minute = 0, second = 0;
  unsigned month = 0;
  auto const time = [&] {
    hour = r.number(2);
    r.literal(":");
    minute = r.number(2);
    r.literal(":");
    second = r.number(2);
  };
  auto const comma = text.find(',');
  if (comma == std::string_view::npos) {
    r.past(' ');
    month = r.month();
    r.literal(" ");
    day = r.number(2);
    r.literal(" ");
    time();
    r.literal(" ");
    year = r.number(4);
  } else {
    bool const short_year = text.size() > comma + 4 && text[comma + 4] == '-';
    std::string_view const between = short_year ? "-" : " ";
    r.past(',');
    r.literal(" ");
    day = r.number(2);
    r.literal(between);
    month = r.month();
    r.literal(between);
    year = r.number(short_year ? 2 : 4);
    if (short_year) year += year < 70 ? 2000 : 1900;
    r.literal(" ");
    time();
    r.literal(" GMT");
  }
  std::chrono::year_month_day const date{std::chrono::year{year}, std::chrono::month{month},
                                         std::chrono::day{static_cast<unsigned>(day)}};
  if (!r.ok() || !date.ok() || hour > 23 || minute > 59 || second > 60) return {};
  auto const days = std::chrono::sys_days{date}.time_since_epoch().count();
  return std::int64_t{days} * 86'400 + hour * 3'600 + minute * 60 + second;
}

std::string format_date(std::int64_t unix_seconds) {
  std::time_t const at = unix_seconds;
  std::tm utc{};
  ::gmtime_r(&at, &utc);
  std::array<char, 40> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &utc)};
}

}  // namespace tsg::http
