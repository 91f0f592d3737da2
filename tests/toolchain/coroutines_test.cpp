// What the code relies on, or works around, in the compiler and Asio (style pitfalls 1, 2, 7, 9). A test that
// fails after an upgrade is news: read the pitfall, then keep the rule or drop it.
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/steady_timer.hpp>
#include <string>

#include "tsg/core/clock.hpp"
#include "tsg/core/task.hpp"

namespace tsg {
namespace {

int alive = 0;
struct Counted {
  Counted() { ++alive; }
  Counted(Counted const&) { ++alive; }
  Counted(Counted&&) noexcept { ++alive; }
  ~Counted() { --alive; }
};
struct Aggregate {
  Counted member;
  int number = 0;
};
struct WithConstructor {
  WithConstructor() = default;
  explicit WithConstructor(int n) : number{n} {}
  Counted member;
  int number = 0;
};

template <class T>
Awaitable<int> take(T value) {
  co_return value.number;
}

template <class F>
void run(F coroutine) {
  boost::asio::io_context io{1};
  boost::asio::co_spawn(io, std::move(coroutine), [](std::exception_ptr e) {
    if (e) std::rethrow_exception(e);
  });
  io.run();
}

// Pitfall 1: the reason why value types here have constructors and are named before a co_await.
TEST(Coroutines, AggregateTemporariesInCoAwaitAreDestroyedTwiceByGcc12) {
  alive = 0;
  run([]() -> Awaitable<> { (void)co_await take(Aggregate{Counted{}, 1}); });
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ == 12
  EXPECT_LT(alive, 0) << "gcc 12 no longer destroys them twice: the rule of tsg/core/error.hpp may go";
#else
  EXPECT_EQ(alive, 0);
#endif
}

TEST(Coroutines, WhatWeWriteInsteadIsDestroyedOnce) {
  alive = 0;
  run([]() -> Awaitable<> {
    (void)co_await take(WithConstructor{1});
    Aggregate named{Counted{}, 1};
    (void)co_await take(std::move(named));
  });
  EXPECT_EQ(alive, 0);
}

TEST(Coroutines, ConditionalTemporariesInCoAwaitAreDestroyedTwiceByGcc12) {
  alive = 0;
  bool const one = alive == 0;
  run([one]() -> Awaitable<> { (void)co_await take(one ? WithConstructor{1} : WithConstructor{2}); });
#if defined(__GNUC__) && !defined(__clang__) && __GNUC__ == 12
  EXPECT_LT(alive, 0) << "gcc 12 no longer destroys them twice";
#else
  EXPECT_EQ(alive, 0);
#endif
}

// Error is passed by value everywhere: it must stay a class with constructors.
TEST(Coroutines, ErrorsAndResultsAreNoAggregates) {
  EXPECT_FALSE(std::is_aggregate_v<Error>);
  EXPECT_FALSE(std::is_aggregate_v<Result<std::string>>);
}

// `[&]` lambdas and references to locals of a coroutine that waits for its callee are fine.
TEST(Coroutines, AnAwaitedCalleeMayReferToItsCallersLocals) {
  std::string out;
  run([&]() -> Awaitable<> {
    std::string local = "kept";
    auto const use = [&]() -> Awaitable<> {
      boost::asio::basic_waitable_timer<Steady, boost::asio::wait_traits<Steady>, Executor> timer{
          co_await boost::asio::this_coro::executor, std::chrono::milliseconds{1}};
      (void)co_await timer.async_wait(use_tuple);
      out = local;
    };
    co_await use();
  });
  EXPECT_EQ(out, "kept");
}

// Frames that wait when their io_context dies are destroyed, not resumed: ConnectionSet relies on it.
TEST(Coroutines, WaitingFramesAreDestroyedWithTheirContext) {
  alive = 0;
  bool resumed = false;
  {
    boost::asio::io_context io{1};
    boost::asio::co_spawn(
        io,
        [&]() -> Awaitable<> {
          Counted const counted;
          boost::asio::basic_waitable_timer<Steady, boost::asio::wait_traits<Steady>, Executor> never{
              io.get_executor(), SteadyTime::max()};
          (void)co_await never.async_wait(use_tuple);
          resumed = true;
        },
        [](std::exception_ptr) {});
    io.poll();
    EXPECT_EQ(alive, 1);
  }
  EXPECT_EQ(alive, 0);
  EXPECT_FALSE(resumed);
}

}  // namespace
}  // namespace tsg
