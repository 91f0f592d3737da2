#include "tsg/pipeline/turns.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <vector>

namespace tsg::pipeline {
namespace {

struct One {
  std::string org;
  int number = 0;
};
using Line = Turns<One>;

class TurnsTest : public testing::Test {
 protected:
  std::shared_ptr<One> add(std::string const& org) {
    auto one = std::make_shared<One>(One{org, ++numbers[org]});
    line.add(org, one);
    return one;
  }
  // The next `places` that are given out, as "a1 b1 a2 ".
  std::string served(int places) {
    std::string out;
    line.serve([&](One& one) {
      if (places-- == 0) return Line::Offer::kept;
      out += one.org + std::to_string(one.number) + " ";
      return Line::Offer::taken;
    });
    return out;
  }
  Line line;
  std::map<std::string, int> numbers;
};

TEST_F(TurnsTest, first_come_first_served_inside_and_in_turn_between) {
  for (auto const* org : {"a", "a", "a", "a", "b", "b", "c"}) add(org);
  EXPECT_EQ(served(100), "a1 b1 c1 a2 b2 a3 a4 ");
  EXPECT_EQ(line.size(), 0u);
}

TEST_F(TurnsTest, a_turn_is_remembered_from_one_place_to_the_next) {
  for (auto const* org : {"a", "a", "a", "b"}) add(org);
  EXPECT_EQ(served(1), "a1 ");
  add("c");
  EXPECT_EQ(served(1), "b1 ");
  EXPECT_EQ(served(1), "a2 ");
  EXPECT_EQ(served(2), "c1 a3 ");
}

TEST_F(TurnsTest, who_passes_is_asked_again_first_and_keeps_its_turn) {
  for (auto const* org : {"a", "a", "b", "b"}) add(org);
  std::string out;
  line.serve([&](One& one) {
    if (one.org == "a") return Line::Offer::passed;
    out += one.org + std::to_string(one.number) + " ";
    return Line::Offer::taken;
  });
  EXPECT_EQ(out, "b1 b2 ") << "nobody waits for who cannot";
  EXPECT_EQ(served(2), "a1 a2 ");
}

TEST_F(TurnsTest, who_leaves_is_not_served) {
  auto const a1 = add("a"), b1 = add("b");
  add("a");
  EXPECT_TRUE(line.remove("a", *a1));
  EXPECT_FALSE(line.remove("a", *a1));
  EXPECT_FALSE(line.remove("b", *a1));
  EXPECT_TRUE(line.remove("b", *b1));
  EXPECT_EQ(served(9), "a2 ");
}

// Whatever comes and goes: everybody is served once, in order within its organisation, and between two turns
// of one organisation each other one that waits all the time has exactly one.
TEST_F(TurnsTest, nobody_starves_in_ten_thousand_random_steps) {
  std::mt19937 dice{7};
  std::map<std::string, int> last;
  std::vector<std::string> order;
  int added = 0, taken = 0;
  for (int step = 0; step < 10'000; ++step) {
    if (dice() % 2 == 0) {
      add(std::string(1, static_cast<char>('a' + dice() % 4)));
      ++added;
      continue;
    }
    line.serve([&, places = 1](One& one) mutable {
      if (places-- == 0) return Line::Offer::kept;
      EXPECT_EQ(one.number, ++last[one.org]);
      order.push_back(one.org);
      ++taken;
      return Line::Offer::taken;
    });
  }
  EXPECT_EQ(line.size(), static_cast<std::size_t>(added - taken));
  add("z");
  for (int i = 0; i < 20; ++i) add("y");
  std::string const rest = served(7);
  EXPECT_NE(rest.find("z1"), std::string::npos) << "at most four lines were before it: " << rest;
}

}  // namespace
}  // namespace tsg::pipeline
