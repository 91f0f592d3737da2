#include "tsg/core/clock.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tsg {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

TEST(Rfc3339, AlwaysUtcAlwaysMilliseconds) {
  EXPECT_EQ(to_rfc3339({0}), "1970-01-01T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339({1'795'508'703'123'999'999}), "2026-11-24T08:25:03.123Z");
  EXPECT_EQ(to_rfc3339({951'782'400 * kSecond}), "2000-02-29T00:00:00.000Z");
  EXPECT_EQ(to_rfc3339({-1}), "1969-12-31T23:59:59.999Z");
}

TEST(Rfc3339, PrintsTheEndsOfTime) {
  EXPECT_EQ(to_rfc3339({INT64_MAX}), "2262-04-11T23:47:16.854Z");
  EXPECT_EQ(to_rfc3339({INT64_MIN}), "1677-09-21T00:12:43.145Z");
}

TEST(Rfc3339, ReadsFractionsAndOffsets) {
  WallTime const t{1'795'508'703 * kSecond};
  EXPECT_EQ(parse_rfc3339("2026-11-24T08:25:03Z"), t);
  EXPECT_EQ(parse_rfc3339("2026-11-24t08:25:03z"), t);
  EXPECT_EQ(parse_rfc3339("2026-11-24T13:55:03+05:30"), t);
  EXPECT_EQ(parse_rfc3339("2026-11-24T00:25:03-08:00"), t);
  EXPECT_EQ(parse_rfc3339("2026-11-24T08:25:03-00:00"), t);
  EXPECT_EQ(parse_rfc3339("2026-11-24T08:25:03.5Z"), WallTime{t.ns + kSecond / 2});
  EXPECT_EQ(parse_rfc3339("2026-11-24T08:25:03.000000001Z"), WallTime{t.ns + 1});
  EXPECT_EQ(parse_rfc3339("1969-12-31T23:59:59.999Z"), WallTime{-1'000'000});
}

TEST(Rfc3339, RefusesWhatTheRfcDoes) {
  for (auto const* text : {"",
                           "2026-11-24",
                           "2026-11-24T08:25:03",
                           "2026-11-24 08:25:03Z",
                           "2026-11-24T08:25Z",
                           "2026-11-24T08:25:03.Z",
                           "2026-11-24T08:25:03,5Z",
                           "2026-11-24T08:25:03.0000000001Z",
                           "2026-11-24T24:00:00Z",
                           "2026-11-24T08:60:00Z",
                           "2026-11-24T08:25:61Z",
                           "2026-13-01T00:00:00Z",
                           "2026-00-01T00:00:00Z",
                           "2026-02-29T00:00:00Z",
                           "2100-02-29T00:00:00Z",
                           "2026-11-31T00:00:00Z",
                           "2026-11-24T08:25:03+0530",
                           "2026-11-24T08:25:03+24:00",
                           "2026-11-24T08:25:03+05:60",
                           "2026-11-24T08:25:03ZZ",
                           " 2026-11-24T08:25:03Z",
                           "2026-11-24T08:25:03Z ",
                           "26-11-24T08:25:03Z",
                           "+2026-11-24T08:25:03Z",
                           "2026-1-24T08:25:03Z"}) {
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  }
}

TEST(Rfc3339, RefusesWhatNanosecondsCannotHold) {
  EXPECT_FALSE(parse_rfc3339("0001-01-01T00:00:00Z"));
  EXPECT_FALSE(parse_rfc3339("1500-01-01T00:00:00Z"));
  EXPECT_FALSE(parse_rfc3339("2300-01-01T00:00:00Z"));
  EXPECT_FALSE(parse_rfc3339("9999-12-31T23:59:59.999999999Z"));
}

TEST(Rfc3339, MillisecondsGoThereAndBack) {
  std::mt19937_64 random{1};
  for (int i = 0; i < 20'000; ++i) {
    WallTime const t{static_cast<std::int64_t>(random() % 9'000'000'000'000) * 1'000'000};
    ASSERT_EQ(parse_rfc3339(to_rfc3339(t)), t) << t.ns;
  }
}

TEST(SystemClock, SteadyTimeNeverGoesBack) {
  auto const before = system_clock().steady();
  EXPECT_GE(system_clock().steady(), before);
  EXPECT_GT(system_clock().wall(), *parse_rfc3339("2024-01-01T00:00:00Z"));
}

}  // namespace
}  // namespace tsg
