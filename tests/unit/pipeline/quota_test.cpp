#include "tsg/pipeline/quota.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

namespace tsg::pipeline {
namespace {

using namespace std::chrono_literals;

class QuotaTest : public testing::Test {
 protected:
  bool take(std::string_view org, std::int64_t tokens = 0, Nano cost = {}) {
    auto const one = std::make_shared<Waiting>(limits, org, Quota::Charge{tokens, cost});
    answer = quota.enter(one, now, wall);
    if (!answer.granted()) quota.leave(*one, now, wall);
    return answer.granted();
  }
  void end(std::string_view org, Quota::Charge charged = {}, Quota::Charge used = {}) {
    quota.settle(limits, org, charged, used, now, wall);
  }

  struct Waiting final : Quota::Waiter {
    using Quota::Waiter::Waiter;
    void wake() noexcept override { ++woken; }
    int woken = 0;
  };
  // Stands in line until it is granted; does not leave.
  std::shared_ptr<Waiting> wait(std::string_view org, std::int64_t tokens = 0) {
    auto one = std::make_shared<Waiting>(limits, org, Quota::Charge{tokens, {}});
    answer = quota.enter(one, now, wall);
    return one;
  }
  bool granted(Waiting const& one) { return quota.look(one, now, wall).granted(); }
  std::int64_t waiting() { return quota.state(now, wall).waiting; }
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
  limits.concurrency = 1;
  ASSERT_TRUE(take("acme"));
  std::vector<std::shared_ptr<Waiting>> line;
  for (std::size_t i = 0; i < Quota::waiting_most; ++i) {
    line.push_back(wait("acme"));
    ASSERT_TRUE(answer.in_line);
  }
  wait("acme");
  EXPECT_FALSE(answer.in_line || answer.granted());
  EXPECT_EQ(answer.full, "concurrency");
  quota.leave(*line.back(), now, wall);
  wait("acme");
  EXPECT_TRUE(answer.in_line);
}

TEST_F(QuotaTest, a_place_that_is_free_again_goes_to_who_came_first_and_wakes_nobody_else) {
  limits.concurrency = 1;
  ASSERT_TRUE(take("acme"));
  auto const first = wait("acme"), second = wait("acme");
  EXPECT_EQ(waiting(), 2);
  end("acme");
  EXPECT_EQ(first->woken, 1);
  EXPECT_EQ(second->woken, 0);
  EXPECT_TRUE(granted(*first));
  EXPECT_FALSE(take("acme")) << "a newcomer does not overtake";
  EXPECT_FALSE(granted(*second));
  end("acme");
  EXPECT_TRUE(granted(*second));
  EXPECT_EQ(waiting(), 0);
}

// One asks six times at once, then another one comes: it has the second place, not the seventh.
TEST_F(QuotaTest, organisations_take_turns) {
  limits.concurrency = 1;
  ASSERT_TRUE(take("greedy"));
  std::vector<std::shared_ptr<Waiting>> greedy;
  for (int i = 0; i < 6; ++i) greedy.push_back(wait("greedy"));
  auto const modest = wait("modest"), late = wait("modest");
  std::string order;
  for (std::string_view running = "greedy"; waiting() > 0;) {
    end(running);
    std::size_t have = 0;
    for (auto const& one : greedy) have += granted(*one);
    bool const theirs = have == static_cast<std::size_t>(std::ranges::count(order, 'g')) + 1;
    running = theirs ? "greedy" : "modest";
    order += theirs ? 'g' : 'm';
  }
  EXPECT_EQ(order, "gmgmgggg");
  EXPECT_TRUE(granted(*modest) && granted(*late));
}

TEST_F(QuotaTest, whose_part_is_used_up_does_not_stand_in_the_way_of_others) {
  limits.concurrency = 4;
  ASSERT_TRUE(take("modest"));
  end("modest");
  ASSERT_TRUE(take("greedy") && take("greedy"));
  auto const third = wait("greedy");
  EXPECT_TRUE(answer.in_line && answer.own);
  EXPECT_TRUE(take("modest")) << "there is room, and it is not greedy's";
  EXPECT_FALSE(granted(*third));
  end("greedy");
  EXPECT_TRUE(granted(*third));
}

// Whose turn it is may need more than there is. Small ones that would fit wait behind it, else it waited for
// ever.
TEST_F(QuotaTest, a_large_request_is_not_overtaken_by_small_ones) {
  limits.tokens_per_minute = 600;
  ASSERT_TRUE(take("acme", 300));
  end("acme", Quota::Charge{300, {}}, Quota::Charge{300, {}});
  auto const large = wait("acme", 600);
  EXPECT_NEAR(static_cast<double>(answer.retry.count()), 30'000, 10);
  auto const small = wait("other", 10);
  EXPECT_TRUE(answer.in_line);
  EXPECT_EQ(answer.full, "tokens_per_minute");
  EXPECT_EQ(answer.retry, 0ms) << "it is served with the large one";
  now += 30s + 10ms;
  EXPECT_TRUE(granted(*large));
  EXPECT_EQ(small->woken, 1) << "now it knows for how long";
  quota.leave(*small, now, wall);
}

TEST_F(QuotaTest, what_was_used_less_than_expected_is_told_to_who_waits_for_it) {
  limits.tokens_per_minute = 600;
  ASSERT_TRUE(take("acme", 600));
  auto const next = wait("acme", 300);
  EXPECT_GT(answer.retry, 29s);
  end("acme", Quota::Charge{600, {}}, Quota::Charge{310, {}});
  EXPECT_EQ(next->woken, 1);
  auto const then = quota.look(*next, now, wall);
  EXPECT_FALSE(then.granted());
  EXPECT_LT(then.retry, 1100ms);
}

TEST_F(QuotaTest, who_leaves_lets_the_next_one_look) {
  limits.requests_per_minute = 60;
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(take("acme"));
  auto const first = wait("acme"), second = wait("acme");
  EXPECT_EQ(answer.retry, 0ms) << "it is not its turn";
  quota.leave(*first, now, wall);
  EXPECT_EQ(second->woken, 1);
  EXPECT_NEAR(static_cast<double>(quota.look(*second, now, wall).retry.count()), 1000, 1);
}

TEST_F(QuotaTest, a_place_given_in_the_moment_of_leaving_is_not_lost) {
  limits.concurrency = 1;
  ASSERT_TRUE(take("acme"));
  auto const one = wait("acme");
  end("acme");
  EXPECT_TRUE(quota.leave(*one, now, wall).granted()) << "and is its maker's to give back";
  end("acme");
  EXPECT_EQ(quota.state(now, wall).running, 0);
}

}  // namespace
}  // namespace tsg::pipeline
