#include "tsg/net/deadline.hpp"

#include <gtest/gtest.h>

#include <memory>

namespace tsg::net {
namespace {

using namespace std::chrono_literals;

TEST(Deadline, FiresOnceAndSaysSo) {
  boost::asio::io_context io;
  Ticker ticker{io};
  int fired = 0;
  Deadline deadline{ticker, [&] { ++fired; }};
  deadline.arm(Steady::now() + 1ms);
  EXPECT_FALSE(deadline.fired());
  io.run_for(5s);  // returns when nothing is armed any more
  EXPECT_EQ(fired, 1);
  EXPECT_TRUE(deadline.fired());
  EXPECT_FALSE(deadline.armed());
}

TEST(Deadline, ATickerWithNothingArmedLetsTheLoopEnd) {
  boost::asio::io_context io;
  Ticker ticker{io};
  Deadline deadline{ticker, [] { FAIL(); }};
  deadline.arm(Steady::now() + 1ms);
  deadline.disarm();
  io.run_for(5s);
  EXPECT_TRUE(io.stopped());
  EXPECT_FALSE(deadline.fired());
}

TEST(Deadline, AnEarlierOneOvertakesALaterOne) {
  boost::asio::io_context io;
  Ticker ticker{io};
  std::string order;
  Deadline early{ticker, [&] { order += 'e'; }};
  Deadline late{ticker, [&] {
                  order += 'l';
                  io.stop();
                }};
  late.arm(Steady::now() + 60ms);
  early.arm(Steady::now() + 1ms);
  io.run_for(5s);
  EXPECT_EQ(order, "el");
}

TEST(Deadline, MovedFurtherItDoesNotFireAtItsOldTime) {
  boost::asio::io_context io;
  Ticker ticker{io};
  auto const start = Steady::now();
  SteadyTime at;
  Deadline deadline{ticker, [&] { at = Steady::now(); }};
  deadline.arm(start + 1ms);
  deadline.arm(start + 80ms);
  io.run_for(5s);
  EXPECT_GE(at - start, 80ms);
}

TEST(Deadline, MayBeRearmedAndDestroyOthersFromItsCallback) {
  boost::asio::io_context io;
  Ticker ticker{io};
  int rounds = 0;
  auto first = std::make_unique<Deadline>(ticker, [] {});
  auto last = std::make_unique<Deadline>(ticker, [] {});
  std::unique_ptr<Deadline> middle;
  middle = std::make_unique<Deadline>(ticker, [&] {
    first.reset();
    last.reset();
    if (++rounds < 3)
      middle->arm(Steady::now());
    else
      middle.reset();
  });
  auto const soon = Steady::now() + 1ms;
  middle->arm(soon);
  first->arm(soon + 1s);
  last->arm(soon + 1s);
  io.run_for(5s);
  EXPECT_EQ(rounds, 3);
  EXPECT_TRUE(io.stopped());
}

TEST(Deadline, AfterStopNothingFires) {
  boost::asio::io_context io;
  Ticker ticker{io};
  Deadline deadline{ticker, [] { FAIL(); }};
  deadline.arm(Steady::now());
  ticker.stop();
  deadline.arm(Steady::now());
  io.run_for(5s);
  EXPECT_TRUE(io.stopped());
}

TEST(Deadline, ATickerMayGoBeforeItsPendingWait) {
  boost::asio::io_context io;
  {
    Ticker ticker{io};
    Deadline deadline{ticker, [] { FAIL(); }};
    deadline.arm(Steady::now() - 1s);
  }
  io.run_for(5s);
  EXPECT_TRUE(io.stopped());
}

}  // namespace
}  // namespace tsg::net
