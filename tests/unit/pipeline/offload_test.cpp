// Long work away from the loop: where it runs, what comes back, and an end in the middle of it.
#include "tsg/pipeline/offload.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <future>
#include <stdexcept>
#include <thread>

namespace tsg::pipeline::test {
namespace {

template <class F>
void on_a_loop(F task) {
  boost::asio::io_context io{1};
  std::exception_ptr bug;
  boost::asio::co_spawn(io.get_executor(), task(), [&](std::exception_ptr e) { bug = e; });
  io.run();
  if (bug) std::rethrow_exception(bug);
}

TEST(Offloading, SmallWorkStaysAndLargeWorkComesBackToItsLoop) {
  Offload offload;
  offload.start(2);
  auto const loop = std::this_thread::get_id();
  on_a_loop([&]() -> Awaitable<> {
    EXPECT_EQ(co_await offload.run(99, 100, [] { return std::this_thread::get_id(); }), loop);
    EXPECT_NE(co_await offload.run(100, 100, [] { return std::this_thread::get_id(); }), loop);
    EXPECT_EQ(std::this_thread::get_id(), loop);
    int n = 0;
    co_await offload.run(100, 100, [&] { n = 7; });
    EXPECT_EQ(n, 7);
  });
}

TEST(Offloading, AnExceptionIsTheCallers) {
  Offload offload;
  offload.start(1);
  on_a_loop([&]() -> Awaitable<> {
    bool caught = false;
    try {
      co_await offload.run(1, 0, [] { throw std::runtime_error{"bug"}; });
    } catch (std::runtime_error const&) {
      caught = true;
    }
    EXPECT_TRUE(caught);
  });
}

TEST(Offloading, OthersAreServedMeanwhile) {
  Offload offload;
  offload.start(1);
  std::promise<void> go;
  bool served = false;
  boost::asio::io_context io{1};
  boost::asio::co_spawn(
      io.get_executor(),
      [&]() -> Awaitable<> {
        co_await offload.run(1, 0, [&] { go.get_future().wait(); });
        EXPECT_TRUE(served);
      },
      boost::asio::detached);
  boost::asio::co_spawn(
      io.get_executor(),
      [&]() -> Awaitable<> {
        served = true;
        go.set_value();
        co_return;
      },
      boost::asio::detached);
  io.run();
}

TEST(Offloading, WhatWaitsAtTheEndIsDroppedWithItsRequest) {
  Offload offload;
  offload.start(1);
  std::promise<void> running, go;
  std::atomic<int> ran{0};
  {
    boost::asio::io_context io{1};
    for (int i = 0; i < 3; ++i)
      boost::asio::co_spawn(
          io.get_executor(),
          [&, i]() -> Awaitable<> {
            co_await offload.run(1, 0, [&, i] {
              ++ran;
              if (i == 0) {
                running.set_value();
                go.get_future().wait();
              }
            });
          },
          boost::asio::detached);
    while (io.poll() > 0) {
    }
    running.get_future().wait();
    std::thread stopping{[&] { offload.stop(); }};
    go.set_value();
    stopping.join();
  }
  EXPECT_GE(ran, 1);
  on_a_loop([&]() -> Awaitable<> { EXPECT_EQ(co_await offload.run(1, 0, [] { return 3; }), 3); });
}

}  // namespace
}  // namespace tsg::pipeline::test
