// Where months begin: every instant below was checked with Python's zoneinfo over the same database.
#include "tsg/core/time_zone.hpp"

#include <gtest/gtest.h>

namespace tsg {
namespace {

WallTime at(char const* text) {
  return parse_rfc3339(text).value();
}
std::string month(TimeZone const& zone, char const* text) {
  auto const w = zone.month_of(at(text));
  return to_rfc3339(WallTime{w.start_ms * 1'000'000}).substr(0, 16) + " " +
         to_rfc3339(WallTime{w.end_ms * 1'000'000}).substr(0, 16);
}
TimeZone zone(char const* name) {
  auto z = TimeZone::load(name);
  EXPECT_TRUE(z) << name;
  return z ? *z : TimeZone{};
}

TEST(TimeZone, utcMonthsBeginAtMidnight) {
  TimeZone const utc;
  EXPECT_EQ(month(utc, "2026-11-24T23:59:59.999Z"), "2026-11-01T00:00 2026-12-01T00:00");
  EXPECT_EQ(month(utc, "2026-12-01T00:00:00Z"), "2026-12-01T00:00 2027-01-01T00:00");
  EXPECT_EQ(month(utc, "2028-02-29T12:00:00Z"), "2028-02-01T00:00 2028-03-01T00:00");
  EXPECT_EQ(month(utc, "1969-12-31T23:59:59Z"), "1969-12-01T00:00 1970-01-01T00:00");
}

TEST(TimeZone, monthsWithAClockChangeHaveAnHourMoreOrLess) {
  auto const berlin = zone("Europe/Berlin"), york = zone("America/New_York"), kolkata = zone("Asia/Kolkata");
  EXPECT_EQ(month(berlin, "2026-03-15T00:00:00Z"), "2026-02-28T23:00 2026-03-31T22:00");  // 743 h
  EXPECT_EQ(month(berlin, "2026-10-15T00:00:00Z"), "2026-09-30T22:00 2026-10-31T23:00");  // 745 h
  EXPECT_EQ(month(york, "2026-03-15T00:00:00Z"), "2026-03-01T05:00 2026-04-01T04:00");
  EXPECT_EQ(month(york, "2026-11-01T03:59:59Z"), "2026-10-01T04:00 2026-11-01T04:00");
  EXPECT_EQ(month(york, "2026-11-01T04:00:00Z"), "2026-11-01T04:00 2026-12-01T05:00");
  EXPECT_EQ(month(kolkata, "2026-11-30T18:29:59Z"), "2026-10-31T18:30 2026-11-30T18:30");
  EXPECT_EQ(month(kolkata, "2026-11-30T18:30:00Z"), "2026-11-30T18:30 2026-12-31T18:30");
}

TEST(TimeZone, theRuleGoesOnAfterTheLastListedChange) {
  auto const berlin = zone("Europe/Berlin");
  EXPECT_EQ(month(berlin, "2051-03-15T00:00:00Z"), "2051-02-28T23:00 2051-03-31T22:00");
  EXPECT_EQ(berlin.offset_at(at("2051-07-01T00:00:00Z").ns / 1'000'000'000), 7200);
  auto const sydney = zone("Australia/Sydney");  // summer over the turn of the year
  EXPECT_EQ(sydney.offset_at(at("2051-01-15T00:00:00Z").ns / 1'000'000'000), 39'600);
  EXPECT_EQ(sydney.offset_at(at("2051-07-15T00:00:00Z").ns / 1'000'000'000), 36'000);
}

TEST(TimeZone, aMonthWhoseFirstMidnightIsSkippedBeginsRightAfter) {
  auto const asuncion = zone("America/Asuncion");  // 2017-10-01 00:00 became 01:00
  EXPECT_EQ(month(asuncion, "2017-10-15T00:00:00Z").substr(0, 16), "2017-10-01T04:00");
  EXPECT_EQ(month(asuncion, "2017-10-01T03:59:59Z"), "2017-09-01T04:00 2017-10-01T04:00");
}

TEST(TimeZone, everyInstantIsInItsMonthAndMonthsTouch) {
  for (char const* name : {"Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe",
                           "America/Sao_Paulo", "Africa/Casablanca", "Pacific/Apia", "America/Asuncion"}) {
    auto const z = zone(name);
    auto t = at("2005-01-01T00:00:00Z").ns / 1'000'000;
    auto const end = at("2045-01-01T00:00:00Z").ns / 1'000'000;
    auto w = z.month_of(WallTime{t * 1'000'000});
    for (; t < end; t += 11'111'111'111 / 37) {  // about 3.5 days, never in step with anything
      auto const now = z.month_of(WallTime{t * 1'000'000});
      ASSERT_LE(now.start_ms, t) << name;
      ASSERT_GT(now.end_ms, t) << name;
      if (now == w) continue;
      ASSERT_EQ(now.start_ms, w.end_ms) << name << ": a gap or an overlap";
      w = now;
    }
  }
}

TEST(TimeZone, aWrongNameSaysWhatIsWrong) {
  for (char const* name : {"Europe/Berlinn", "../../etc/passwd", "/etc/localtime", "", "Europe"}) {
    auto const z = TimeZone::load(name);
    ASSERT_FALSE(z) << name;
    EXPECT_NE(z.error().message().find("time zone"), std::string_view::npos);
  }
  EXPECT_FALSE(TimeZone::parse("x", "TZif2"));
  EXPECT_FALSE(TimeZone::parse("x", std::string(200, 'x')));
}

}  // namespace
}  // namespace tsg
