#include "tsg/governance/gcra.hpp"

#include <gtest/gtest.h>

namespace tsg::governance {
namespace {

constexpr std::int64_t kMs = 1'000'000;

// Standards annex A.6: T = 1000 ms, burst 3, cost 1.
TEST(Gcra, FollowsTheTraceOfTheStandard) {
  Rate rate;
  rate.limit = 60;
  rate.burst = 3;
  struct Step {
    std::int64_t now_ms;
    bool allowed;
    std::int64_t remaining, ms;  // reset if allowed, retry if not
  };
  Step const trace[] = {{0, true, 2, 1000},     {0, true, 1, 2000},    {0, true, 0, 3000},
                        {0, false, 0, 1000},    {500, false, 0, 500},  {1000, true, 0, 3000},
                        {1000, false, 0, 1000}, {2500, true, 0, 2500}, {6000, true, 2, 1000}};
  std::int64_t tat = 0;
  for (auto const& step : trace) {
    auto const g = gcra(rate, tat, step.now_ms * kMs, 1);
    EXPECT_EQ(g.allowed, step.allowed) << step.now_ms;
    EXPECT_EQ(g.allowed ? g.reset_ns : g.retry_ns, step.ms * kMs) << step.now_ms;
    EXPECT_EQ(g.remaining, step.remaining) << step.now_ms;
    if (!step.allowed) {
      EXPECT_EQ(g.tat, tat) << "a refusal costs nothing";
    }
    tat = g.tat;
  }
}

// A provider's count has no end, and neither has the number of its answers: a time that wrapped would open
// the limit.
TEST(Gcra, WhatIsOwedNeverWraps) {
  Rate rate;
  rate.limit = rate.burst = 1;
  std::int64_t tat = 0;
  for (int i = 0; i < 100; ++i) tat = corrected(rate, tat, 1000, std::int64_t{1} << 40);
  EXPECT_GT(tat, 0);
  auto const g = gcra(rate, tat, 1000, 1);
  EXPECT_FALSE(g.allowed);
  EXPECT_GT(g.retry_ns, 0);
}

TEST(Gcra, TheRetryTimeIsExact) {
  Rate rate;
  rate.limit = rate.burst = 7;  // does not divide a minute: rounding must not lie
  std::int64_t tat = 0;
  for (int i = 0; i < 7; ++i) tat = gcra(rate, tat, 1000, 1).tat;
  auto const refused = gcra(rate, tat, 1000, 1);
  ASSERT_FALSE(refused.allowed);
  EXPECT_FALSE(gcra(rate, tat, 1000 + refused.retry_ns - 1, 1).allowed);
  EXPECT_TRUE(gcra(rate, tat, 1000 + refused.retry_ns, 1).allowed);
}

TEST(Gcra, NeverPassesMoreThanBurstAndRate) {
  Rate rate;
  rate.limit = 1000;
  rate.burst = 10;
  std::int64_t tat = 0, passed = 0, now = 0;
  for (int i = 0; i < 100'000; ++i, now += 1'234'567) {
    auto const g = gcra(rate, tat, now, 1);
    passed += g.allowed;
    tat = g.tat;
  }
  EXPECT_LE(passed, 10 + now / (rate.period_ns / rate.limit) + 1);
  EXPECT_GE(passed, now / (rate.period_ns / rate.limit));
}

TEST(Gcra, AZeroLimitPassesNothing) {
  EXPECT_FALSE(gcra(Rate{}, 0, 1'000'000, 0).allowed);
}

TEST(Gcra, WhatWasChargedTooMuchComesBackAndTooLittleIsOwed) {
  Rate rate;
  rate.limit = rate.burst = 1000;
  auto const charged = gcra(rate, 0, kMs, 600);
  auto const fewer = corrected(rate, charged.tat, kMs, 100 - 600);
  EXPECT_EQ(gcra(rate, fewer, kMs, 0).remaining, 900);
  auto const more = corrected(rate, charged.tat, kMs, 1500 - 600);
  EXPECT_FALSE(gcra(rate, more, kMs, 1).allowed)
      << "below zero after one request that was larger than thought";
}

}  // namespace
}  // namespace tsg::governance
