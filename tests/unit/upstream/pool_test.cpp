#include "upstream/pool.hpp"

#include <gtest/gtest.h>

namespace tsg::upstream {
namespace {

using std::chrono::seconds;
SteadyTime at_second(int s) {
  return SteadyTime{seconds{s}};
}

TEST(IdleList, TheWarmestIsReusedFirst) {
  IdleList<int> idle{8};
  idle.put(1, at_second(3));
  idle.put(2, at_second(4));
  EXPECT_EQ(idle.take(at_second(1)), 2);
  EXPECT_EQ(idle.take(at_second(1)), 1);
  EXPECT_EQ(idle.take(at_second(1)), std::nullopt);
}

TEST(IdleList, NothingIsReusedAtOrAfterItsLimit) {
  IdleList<int> idle{8};
  idle.put(1, at_second(3));
  idle.put(2, at_second(4));
  EXPECT_EQ(idle.take(at_second(4)), std::nullopt);
  EXPECT_EQ(idle.next_expiry(), at_second(3));
  idle.expire(at_second(3));
  EXPECT_EQ(idle.size(), 1u);
  EXPECT_EQ(idle.next_expiry(), at_second(4));
  idle.expire(at_second(4));
  EXPECT_EQ(idle.next_expiry(), SteadyTime::max());
}

TEST(IdleList, WhenFullTheOldestMakesRoom) {
  IdleList<int> idle{2};
  for (int i = 1; i <= 3; ++i) idle.put(i, at_second(i));
  EXPECT_EQ(idle.size(), 2u);
  EXPECT_EQ(idle.take(at_second(0)), 3);
  EXPECT_EQ(idle.take(at_second(0)), 2);
}

TEST(MayKeep, OnlyAConnectionWithNoDoubtAboutIt) {
  Ending good;
  good.complete = good.keep_alive = good.open = true;
  EXPECT_TRUE(may_keep(good));
  auto e = good;
  e.complete = false;
  EXPECT_FALSE(may_keep(e));
  e = good;
  e.keep_alive = false;
  EXPECT_FALSE(may_keep(e));
  e = good;
  e.surplus = true;
  EXPECT_FALSE(may_keep(e));
  e = good;
  e.write_failed = true;
  EXPECT_FALSE(may_keep(e));
  e = good;
  e.open = false;
  EXPECT_FALSE(may_keep(e));
}

TEST(MayResend, OnlyWhatTheProviderProvablyCannotHaveRun) {
  Failure f;
  f.reused = f.write_failed = true;
  EXPECT_TRUE(may_resend(f));
  auto g = f;
  g.reused = false;  // a fresh connection that breaks is news, not bad luck
  EXPECT_FALSE(may_resend(g));
  g = f;
  g.write_failed = false;  // EOF before any byte: it may have run and died
  EXPECT_FALSE(may_resend(g));
  g = f;
  g.response_started = true;
  EXPECT_FALSE(may_resend(g));
  g = f;
  g.ours = true;
  EXPECT_FALSE(may_resend(g));
}

}  // namespace
}  // namespace tsg::upstream
