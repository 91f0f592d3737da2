#include "tsg/pipeline/quota.hpp"

#include <gtest/gtest.h>

namespace tsg::pipeline {
namespace {

using namespace std::chrono_literals;

class QuotaTest : public testing::Test {
 protected:
  bool take(std::string_view org, std::int64_t tokens = 0, Nano cost = {}) {
    answer = quota.take(limits, org, Quota::Charge{tokens, cost}, now, wall);
    return answer.granted();
  }
  void end(std::string_view org, Quota::Charge charged = {}, Quota::Charge used = {}) {
    quota.settle(limits, org, charged, used, now);
  }
  Quota quota;
  config::Quota limits;
  SteadyTime now{1h};
  WallTime wall = *parse_rfc3339("2026-11-24T18:00:00Z");
  Quota::Answer answer;
};

TEST_F(QuotaTest, requests_per_minute_pass_at_once_and_come_back_one_by_one) {
  limits.requests_per_minute = 60;
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(take("acme"));
  EXPECT_FALSE(take("acme"));
  EXPECT_EQ(answer.full, "requests_per_minute");
  EXPECT_NEAR(static_cast<double>(answer.retry.count()), 1000, 1);
  EXPECT_EQ(quota.remaining_permille(limits, now), 0);
  now += answer.retry;
  EXPECT_TRUE(take("acme"));
  EXPECT_FALSE(take("acme"));
}

TEST_F(QuotaTest, tokens_are_charged_as_expected_and_corrected_by_what_was_used) {
  limits.tokens_per_minute = 1000;
  ASSERT_TRUE(take("acme", 600));
  EXPECT_FALSE(take("acme", 600));
  end("acme", Quota::Charge{600, {}}, Quota::Charge{100, {}});
  EXPECT_TRUE(take("acme", 600)) << "most of it was not used";
  end("acme", Quota::Charge{600, {}}, Quota::Charge{2900, {}});
  EXPECT_FALSE(take("acme", 1)) << "more was used than there is: it is paid back first";
  EXPECT_NEAR(static_cast<double>(answer.retry.count()), 120'060, 100);
}

TEST_F(QuotaTest, a_request_larger_than_the_whole_limit_may_still_pass_alone) {
  limits.tokens_per_minute = 1000;
  EXPECT_TRUE(take("acme", 5000));
  EXPECT_FALSE(take("acme", 1));
}

TEST_F(QuotaTest, concurrency_comes_back_with_the_end) {
  limits.concurrency = 2;
  ASSERT_TRUE(take("acme") && take("acme"));
  EXPECT_FALSE(take("acme"));
  EXPECT_EQ(answer.full, "concurrency");
  EXPECT_EQ(answer.retry, 0ms) << "nobody knows when";
  end("acme");
  EXPECT_TRUE(take("acme"));
}

TEST_F(QuotaTest, money_is_per_day_and_corrected) {
  limits.usd_per_day = Nano{1'000'000'000};
  ASSERT_TRUE(take("acme", 0, Nano{900'000'000}));
  EXPECT_FALSE(take("acme", 0, Nano{200'000'000}));
  EXPECT_EQ(answer.full, "usd_per_day");
  EXPECT_EQ(answer.retry, 6h) << "until midnight, UTC";
  end("acme", Quota::Charge{0, Nano{900'000'000}}, Quota::Charge{0, Nano{300'000'000}});
  EXPECT_TRUE(take("acme", 0, Nano{200'000'000}));
  EXPECT_EQ(quota.remaining_permille(limits, now), 500);
  wall.ns += 7 * 3'600'000'000'000;
  EXPECT_TRUE(take("acme", 0, Nano{900'000'000})) << "a new day";
}

TEST_F(QuotaTest, all_limits_or_none) {
  limits.requests_per_minute = 10;
  limits.concurrency = 1;
  ASSERT_TRUE(take("acme"));
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(take("acme"));
  end("acme");
  for (int i = 0; i < 9; ++i) {
    ASSERT_TRUE(take("acme")) << "what was refused has taken nothing, " << i;
    end("acme");
  }
  EXPECT_FALSE(take("acme"));
}

TEST_F(QuotaTest, who_is_alone_may_take_all_of_it) {
  limits.concurrency = 10;
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(take("acme"));
}

TEST_F(QuotaTest, under_pressure_nobody_has_more_than_a_fair_part_of_the_places) {
  limits.concurrency = 10;
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(take("greedy"));
  ASSERT_TRUE(take("modest"));
  EXPECT_FALSE(take("greedy")) << "half of the places are taken, and another one is here";
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(take("modest"));
}

// Greedy asks a hundred times a second, modest once in two; there is room for one a second.
TEST_F(QuotaTest, who_asks_much_does_not_starve_who_asks_little) {
  limits.requests_per_minute = 60;
  int greedy = 0, modest = 0, refused = 0;
  for (int tick = 0; tick < 60'000; ++tick, now += 10ms) {
    if (take("greedy")) ++greedy, end("greedy");
    if (tick % 200 != 0) continue;
    if (take("modest"))
      ++modest, end("modest");
    else
      ++refused;
  }
  EXPECT_EQ(refused, 0) << "half of the rate is modest's own";
  EXPECT_EQ(modest, 300);
  EXPECT_NEAR(greedy, 360, 60) << "and what modest leaves is not wasted";
}

TEST_F(QuotaTest, the_number_that_waits_is_bounded) {
  for (int i = 0; i < 64; ++i) ASSERT_TRUE(quota.queue());
  EXPECT_FALSE(quota.queue());
  quota.unqueue();
  EXPECT_TRUE(quota.queue());
}

}  // namespace
}  // namespace tsg::pipeline
