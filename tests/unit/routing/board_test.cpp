// Health as workers share it.
#include "tsg/routing/board.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace tsg::routing {
namespace {

using namespace std::chrono_literals;
constexpr SteadyTime t0 = SteadyTime{} + 1h;

void fail(Endpoint& e, int times, SteadyTime now = t0) {
  for (int i = 0; i < times; ++i) e.end(e.begin(now, true), Mark::failure, {}, {}, now);
}

TEST(Board, one_credential_never_speaks_for_another) {
  Board board;
  auto& bad = board.endpoint("openai", "gpt-4o", "tenant-a");
  auto& good = board.endpoint("openai", "gpt-4o", "tenant-b");
  for (int i = 0; i < 100; ++i) bad.end(bad.begin(t0, true), Mark::refused, {}, {}, t0);
  fail(bad, 5);
  EXPECT_EQ(bad.view(t0).standing, Standing::cooling);
  EXPECT_EQ(good.view(t0).standing, Standing::usable);
  EXPECT_EQ(board.endpoint("openai", "gpt-4o-mini", "tenant-a").view(t0).standing, Standing::usable);
  EXPECT_EQ(&board.endpoint("openai", "gpt-4o", "tenant-a"), &bad);
}

TEST(Board, what_the_lock_free_view_says_is_what_health_says) {
  Board board;
  auto& e = board.endpoint("p", "m", "c");
  EXPECT_EQ(e.view(t0).standing, Standing::usable);
  fail(e, 5);
  EXPECT_EQ(e.view(t0).standing, Standing::open);
  EXPECT_EQ(e.view(t0).until_ms, 5'000);
  auto now = t0 + 5s;
  EXPECT_EQ(e.view(now).standing, Standing::probe);
  auto const probe = e.begin(now, false);
  EXPECT_TRUE(probe.granted && probe.probe);
  EXPECT_EQ(e.view(now).standing, Standing::open);
  EXPECT_FALSE(e.begin(now, false).granted) << "one probe at a time";
  e.end(probe, Mark::success, {}, 120ms, now);
  EXPECT_EQ(e.view(now).standing, Standing::usable);
  EXPECT_EQ(e.view(now).ttfb_us, 120'000);
  EXPECT_EQ(e.view(now).in_flight, 0);
}

TEST(Board, a_cooldown_ends_by_itself) {
  Board board;
  auto& e = board.endpoint("p", "m", "c");
  e.end(e.begin(t0, true), Mark::throttled, 3s, {}, t0);
  EXPECT_EQ(e.view(t0 + 2s).standing, Standing::cooling);
  EXPECT_EQ(e.view(t0 + 3s).standing, Standing::usable);
  EXPECT_FALSE(e.begin(t0 + 2s, false).granted);
  auto const permit = e.begin(t0 + 3s, false);
  EXPECT_TRUE(permit.granted && !permit.probe);
}

TEST(Board, the_moving_average_follows_slowly) {
  Board board;
  auto& e = board.endpoint("p", "m", "c");
  e.end(e.begin(t0, false), Mark::success, {}, 100ms, t0);
  e.end(e.begin(t0, false), Mark::success, {}, 200ms, t0);
  EXPECT_EQ(e.view(t0).ttfb_us, 120'000);
}

TEST(Board, names_that_clients_invent_are_bounded) {
  Board board;
  for (std::size_t i = 0; i < Board::names_max + 100; ++i) board.endpoint("p", "m" + std::to_string(i), "c");
  EXPECT_EQ(board.all().size(), Board::names_max + 1);
  EXPECT_EQ(board.endpoint("p", "new", "c").model(), "*");
}

TEST(Board, workers_may_meet) {
  Board board;
  std::vector<std::thread> workers;
  for (int w = 0; w < 4; ++w)
    workers.emplace_back([&, w] {
      for (int i = 0; i < 5'000; ++i) {
        auto& e = board.endpoint("p", "m" + std::to_string(i % 7), "c");
        auto const permit = e.begin(t0, true);
        (void)e.view(t0);
        e.end(permit, (i + w) % 3 ? Mark::success : Mark::failure, {}, 1ms, t0);
      }
    });
  for (auto& worker : workers) worker.join();
  std::int64_t total = 0;
  for (auto const* e : board.all()) {
    EXPECT_EQ(e->view(t0).in_flight, 0);
    total += e->totals().good + e->totals().bad;
  }
  EXPECT_EQ(total, 20'000);
}

}  // namespace
}  // namespace tsg::routing
