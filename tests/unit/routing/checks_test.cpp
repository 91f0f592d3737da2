// Active health checks, as routing sees them.
#include "tsg/routing/checks.hpp"

#include <gtest/gtest.h>

#include "tsg/routing/board.hpp"

namespace tsg::routing {
namespace {

using namespace std::chrono_literals;
using State = Checks::State;
using Outcome = Check::Result;
constexpr SteadyTime kBegin = SteadyTime{} + 1h;

Check check(Outcome result) {
  Check c;
  c.result = result;
  return c;
}

class ChecksTest : public testing::Test {
 protected:
  Checks::Noted note(Outcome result) {
    return board.checked("openai", "main", check(result), now + 10s, now, WallTime{1});
  }
  Standing standing() { return endpoint.view(now).standing; }
  void fail_requests(int times) {
    for (int i = 0; i < times; ++i) endpoint.end(endpoint.begin(now, true), Mark::failure, {}, {}, now);
  }
  Board board;
  Endpoint& endpoint = board.endpoint("openai", "gpt-4o", "main");
  SteadyTime now = kBegin;
};

TEST_F(ChecksTest, two_failures_in_a_row_set_every_model_aside_that_was_and_will_be_asked) {
  EXPECT_FALSE(note(Outcome::failed).changed) << "one is an accident";
  EXPECT_EQ(standing(), Standing::usable);
  auto const second = note(Outcome::failed);
  EXPECT_TRUE(second.changed);
  EXPECT_EQ(second.state, State::down);
  EXPECT_EQ(standing(), Standing::open);
  EXPECT_EQ(endpoint.view(now).until_ms, 10'000) << "until it is looked at again";
  EXPECT_EQ(board.endpoint("openai", "never-asked", "main").view(now).standing, Standing::open);
  EXPECT_EQ(board.endpoint("openai", "gpt-4o", "other").view(now).standing, Standing::usable);
  EXPECT_EQ(board.endpoint("xai", "gpt-4o", "main").view(now).standing, Standing::usable);
}

TEST_F(ChecksTest, who_has_nobody_else_may_still_ask) {
  note(Outcome::failed);
  note(Outcome::failed);
  EXPECT_FALSE(endpoint.begin(now, false).granted);
  EXPECT_TRUE(endpoint.begin(now, true).granted);
}

TEST_F(ChecksTest, one_good_answer_brings_it_back_with_all_that_requests_had_opened) {
  fail_requests(5);
  note(Outcome::failed);
  note(Outcome::failed);
  auto const healed = note(Outcome::alive);
  EXPECT_TRUE(healed.changed && healed.failed_before);
  EXPECT_EQ(standing(), Standing::usable) << "no request had to be the probe";
  EXPECT_EQ(board.checks("openai", "main").view().state, State::up);
}

TEST_F(ChecksTest, one_failed_check_is_enough_to_tell_that_the_provider_was_at_fault) {
  fail_requests(5);
  EXPECT_EQ(standing(), Standing::open);
  note(Outcome::failed);
  note(Outcome::alive);
  EXPECT_EQ(standing(), Standing::usable);
}

// The list of models answers although one of them is broken: that is the requests' to find out, one at a
// time.
TEST_F(ChecksTest, a_breaker_that_opened_while_checks_were_good_may_be_probed_and_no_more) {
  note(Outcome::alive);
  fail_requests(5);
  EXPECT_EQ(standing(), Standing::open);
  note(Outcome::alive);
  EXPECT_EQ(standing(), Standing::probe);
  auto const probe = endpoint.begin(now, false);
  EXPECT_TRUE(probe.probe);
  endpoint.end(probe, Mark::failure, {}, {}, now);
  EXPECT_EQ(standing(), Standing::open);
}

TEST_F(ChecksTest, a_refused_credential_is_not_a_provider_that_is_down) {
  EXPECT_EQ(note(Outcome::refused).state, State::refused);
  note(Outcome::refused);
  EXPECT_EQ(standing(), Standing::usable) << "a key may answer and still not list models: requests decide";
}

TEST_F(ChecksTest, a_cooldown_is_not_ended_by_a_check) {
  endpoint.end(endpoint.begin(now, true), Mark::throttled, 30s, {}, now);
  note(Outcome::failed);
  note(Outcome::alive);
  EXPECT_EQ(standing(), Standing::cooling);
}

TEST_F(ChecksTest, what_is_no_longer_checked_says_nothing) {
  note(Outcome::failed);
  note(Outcome::failed);
  board.checks("openai", "main").forget();
  EXPECT_EQ(standing(), Standing::usable);
  EXPECT_EQ(board.checks("openai", "main").view().state, State::unknown);
}

TEST_F(ChecksTest, everything_is_counted) {
  note(Outcome::alive);
  note(Outcome::failed);
  note(Outcome::refused);
  auto const view = board.checks("openai", "main").view();
  EXPECT_EQ(view.good, 2);
  EXPECT_EQ(view.failed, 1);
  EXPECT_EQ(view.in_a_row, 0);
}

}  // namespace
}  // namespace tsg::routing
