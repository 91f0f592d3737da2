// One endpoint through good times and bad. The clock is an argument, so hours pass in microseconds.
#include "tsg/routing/health.hpp"

#include <gtest/gtest.h>

namespace tsg::routing {
namespace {

using namespace std::chrono_literals;

class HealthTest : public testing::Test {
 protected:
  void note(Mark mark, int times = 1) {
    for (int i = 0; i < times; ++i) health.note(mark, false, {}, now);
  }
  Standing standing() const { return health.standing(now); }
  Health health;
  SteadyTime now = SteadyTime{} + 1h;
};

TEST_F(HealthTest, five_failures_in_a_row_eject) {
  note(Mark::failure, 4);
  EXPECT_EQ(standing(), Standing::usable);
  note(Mark::failure);
  EXPECT_EQ(standing(), Standing::open);
  EXPECT_EQ(health.until(now), 5s);
}

TEST_F(HealthTest, a_success_breaks_the_row) {
  for (int i = 0; i < 3; ++i) {
    note(Mark::success, 6);
    note(Mark::failure, 4);
  }
  EXPECT_EQ(standing(), Standing::usable) << "12 of 30 failed, below half";
}

TEST_F(HealthTest, half_of_ten_in_the_window_open_it) {
  for (int i = 0; i < 4; ++i) {
    note(Mark::failure);
    note(Mark::success);
  }
  EXPECT_EQ(standing(), Standing::usable) << "eight are not enough to judge";
  note(Mark::success);
  note(Mark::failure);
  EXPECT_EQ(standing(), Standing::open);
}

TEST_F(HealthTest, what_is_older_than_the_window_is_forgotten) {
  note(Mark::failure, 4);
  note(Mark::success);
  now += 31s;
  note(Mark::success, 5);
  note(Mark::failure, 4);
  EXPECT_EQ(standing(), Standing::usable) << "4 of 9 within the window";
}

TEST_F(HealthTest, one_probe_at_a_time_decides) {
  note(Mark::failure, 5);
  EXPECT_FALSE(health.take_probe(now));
  now += 5s;
  EXPECT_EQ(standing(), Standing::probe);
  EXPECT_TRUE(health.take_probe(now));
  EXPECT_EQ(standing(), Standing::open) << "everybody else waits for its outcome";
  EXPECT_FALSE(health.take_probe(now));
  health.note(Mark::success, true, {}, now);
  EXPECT_EQ(standing(), Standing::usable);
  note(Mark::failure, 4);
  EXPECT_EQ(standing(), Standing::usable) << "it starts with a clean slate";
}

TEST_F(HealthTest, each_failed_probe_doubles_the_wait_up_to_a_minute) {
  note(Mark::failure, 5);
  for (auto const wait : {5s, 10s, 20s, 40s, 60s, 60s}) {
    EXPECT_EQ(health.until(now), wait);
    now += wait;
    ASSERT_TRUE(health.take_probe(now));
    health.note(Mark::failure, true, {}, now);
  }
}

TEST_F(HealthTest, a_probe_whose_client_left_is_given_back) {
  note(Mark::failure, 5);
  now += 5s;
  ASSERT_TRUE(health.take_probe(now));
  health.note(Mark::none, true, {}, now);
  EXPECT_EQ(standing(), Standing::probe);
}

TEST_F(HealthTest, an_answer_from_before_the_ejection_closes_nothing) {
  note(Mark::failure, 5);
  note(Mark::success);
  EXPECT_EQ(standing(), Standing::open);
}

TEST_F(HealthTest, clients_faults_say_nothing) {
  note(Mark::none, 1'000);
  EXPECT_EQ(standing(), Standing::usable);
}

TEST_F(HealthTest, a_rate_limit_cools_down_as_long_as_the_provider_says) {
  health.note(Mark::throttled, false, 7s, now);
  EXPECT_EQ(standing(), Standing::cooling);
  EXPECT_EQ(health.until(now), 7s);
  health.note(Mark::throttled, false, 2s, now);
  EXPECT_EQ(health.until(now), 7s) << "a shorter wish does not shorten it";
  now += 7s;
  EXPECT_EQ(standing(), Standing::usable) << "no probe: a limit is not an illness";
}

TEST_F(HealthTest, without_retry_after_the_pause_doubles_while_it_lasts) {
  for (auto const wait : {1s, 2s, 4s, 8s}) {
    note(Mark::throttled);
    EXPECT_EQ(health.until(now), wait);
    now += wait;
  }
  note(Mark::success);
  note(Mark::throttled);
  EXPECT_EQ(health.until(now), 1s);
}

TEST_F(HealthTest, rate_limits_never_open_the_breaker) {
  for (int i = 0; i < 100; ++i) {
    note(Mark::throttled);
    now += health.until(now);
  }
  EXPECT_EQ(standing(), Standing::usable);
}

TEST_F(HealthTest, a_refused_credential_rests_half_a_minute) {
  note(Mark::refused);
  EXPECT_EQ(standing(), Standing::cooling);
  now += 30s;
  EXPECT_EQ(standing(), Standing::usable);
}

}  // namespace
}  // namespace tsg::routing
