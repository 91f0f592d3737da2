#include "pipeline/gate.hpp"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <string>
#include <vector>

namespace tsg::pipeline {
namespace {

using namespace std::chrono_literals;

class GateTest : public testing::Test {
 protected:
  // Enters; its name goes to `log` with what came of it. Inside until leave(name).
  void come(std::string name, std::size_t most, std::chrono::milliseconds patience = 1h) {
    boost::asio::co_spawn(
        io,
        [this, name, most, patience]() -> Awaitable<> {
          auto pass = co_await gate->enter(io.get_executor(), most, patience);
          log.push_back(name + (pass ? " in" : pass.error().code() == Errc::overloaded ? " refused" : " ?"));
          if (pass) inside.emplace_back(name, std::move(*pass));
        },
        boost::asio::detached);
    poll();
  }
  void leave(std::string const& name) {
    std::erase_if(inside, [&](auto const& p) { return p.first == name; });
    poll();
  }
  void poll() {
    io.restart();
    io.poll();
  }
  boost::asio::io_context io{1};
  std::shared_ptr<Gate> gate = std::make_shared<Gate>();
  std::vector<std::string> log;
  std::vector<std::pair<std::string, Gate::Pass>> inside;
};

TEST_F(GateTest, lets_in_as_many_as_there_are_places) {
  for (auto const* name : {"a", "b", "c"}) come(name, 2);
  EXPECT_EQ(log, (std::vector<std::string>{"a in", "b in"}));
  EXPECT_EQ(gate->inside(), 2u);
  EXPECT_EQ(gate->waiting(), 1u);
  leave("a");
  EXPECT_EQ(log.back(), "c in");
  leave("b");
  leave("c");
  EXPECT_EQ(gate->inside(), 0u);
}

TEST_F(GateTest, the_newest_of_those_who_wait_comes_first) {
  for (auto const* name : {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j"}) come(name, 8);
  leave("a");
  EXPECT_EQ(log.back(), "j in");
  leave("b");
  EXPECT_EQ(log.back(), "i in");
}

TEST_F(GateTest, a_full_queue_turns_away_the_one_that_waited_longest) {
  for (auto const* name : {"a", "old", "new"}) come(name, 1);
  poll();
  EXPECT_EQ(log, (std::vector<std::string>{"a in", "old refused"}));
  leave("a");
  EXPECT_EQ(log.back(), "new in");
}

TEST_F(GateTest, patience_ends) {
  come("a", 1);
  come("b", 1, 1ms);
  io.restart();
  io.run();
  EXPECT_EQ(log.back(), "b refused");
  EXPECT_EQ(gate->waiting(), 0u);
  leave("a");
  EXPECT_EQ(gate->inside(), 0u);
}

TEST_F(GateTest, without_a_queue_everybody_beyond_is_refused_at_once) {
  come("a", 1);
  come("b", 1, 0ms);
  EXPECT_EQ(log.back(), "b refused");
}

}  // namespace
}  // namespace tsg::pipeline
