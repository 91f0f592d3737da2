// What may be asked again, of whom, and when.
#include "tsg/routing/retry.hpp"

#include <gtest/gtest.h>

namespace tsg::routing {
namespace {

using namespace std::chrono_literals;

Verdict judge(Errc code, Failed stage = Failed::head, int status = 0, bool routed = true) {
  return may_retry(stage, Error{code}, status, routed);
}

TEST(MayRetry, clients_faults_are_never_retried_and_never_counted) {
  for (auto const code : {Errc::bad_request, Errc::provider_rejected, Errc::content_filter, Errc::client_gone,
                          Errc::insufficient_quota, Errc::model_not_allowed, Errc::internal}) {
    auto const v = judge(code, Failed::body, 400);
    EXPECT_EQ(v.mark, Mark::none) << to_string(code);
    EXPECT_FALSE(v.other_target || v.other_credential || v.same_again) << to_string(code);
  }
}

TEST(MayRetry, server_troubles_move_on_and_count) {
  for (auto const code : {Errc::provider_unavailable, Errc::provider_timeout})
    for (auto const stage : {Failed::dial, Failed::write, Failed::head, Failed::body}) {
      auto const v = judge(code, stage);
      EXPECT_EQ(v.mark, Mark::failure);
      EXPECT_TRUE(v.other_target && v.other_credential && v.same_again);
    }
}

TEST(MayRetry, a_rate_limit_moves_on_without_counting_as_a_failure) {
  auto const v = judge(Errc::provider_rate_limited, Failed::head, 429);
  EXPECT_EQ(v.mark, Mark::throttled);
  EXPECT_TRUE(v.other_target && v.same_again);
}

TEST(MayRetry, a_bad_credential_is_permanent_for_itself_only) {
  for (auto const code : {Errc::provider_auth_failed, Errc::provider_quota_exhausted}) {
    auto const v = judge(code, Failed::head, 401);
    EXPECT_EQ(v.mark, Mark::refused);
    EXPECT_TRUE(v.other_target && v.other_credential);
    EXPECT_FALSE(v.same_again);
  }
}

TEST(MayRetry, what_one_target_cannot_honour_another_may) {
  auto const v = judge(Errc::unsupported_parameter, Failed::encode);
  EXPECT_TRUE(v.other_target);
  EXPECT_EQ(v.mark, Mark::none);
}

TEST(MayRetry, a_model_the_provider_dropped_is_the_routes_fault_not_the_clients) {
  EXPECT_TRUE(judge(Errc::provider_rejected, Failed::head, 404, true).other_target);
  EXPECT_FALSE(judge(Errc::provider_rejected, Failed::head, 404, false).other_target)
      << "pinned: the client's";
  EXPECT_FALSE(judge(Errc::provider_rejected, Failed::head, 422, true).other_target);
}

TEST(BackOff, is_jittered_bounded_and_never_below_what_the_provider_asked) {
  Random random{1};
  for (int round = 1; round < 40; ++round)
    for (int i = 0; i < 100; ++i) {
      auto const free = back_off(round, {}, random);
      EXPECT_GE(free, 0ms);
      EXPECT_LE(free, std::min(5'000ms, 100ms * (1 << std::min(round - 1, 10))));
      EXPECT_GE(back_off(round, 2s, random), 2s);
    }
}

TEST(RetryBudget, second_requests_are_a_fifth_of_first_ones) {
  RetryBudget budget;
  int spent = 0;
  while (budget.second()) ++spent;
  EXPECT_EQ(spent, 10) << "what a quiet provider starts with";
  for (int i = 0; i < 1'000; ++i) {
    budget.first();
    spent += budget.second();
  }
  EXPECT_EQ(spent, 10 + 200);
}

TEST(RetryBudget, saves_up_no_storm) {
  RetryBudget budget;
  for (int i = 0; i < 100'000; ++i) budget.first();
  int spent = 0;
  while (budget.second()) ++spent;
  EXPECT_EQ(spent, 20);
}

}  // namespace
}  // namespace tsg::routing
