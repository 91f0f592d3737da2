// Who comes first: each strategy on its own, and what health does to all of them.
#include "tsg/routing/rank.hpp"

#include <gtest/gtest.h>

#include "tsg/routing/random.hpp"

namespace tsg::routing {
namespace {

std::vector<Option> options(std::size_t n) {
  std::vector<Option> made(n);
  for (std::size_t i = 0; i < n; ++i) made[i].name_hash = stable_hash("p/m" + std::to_string(i));
  return made;
}
std::vector<std::size_t> order(std::vector<Place> const& places) {
  std::vector<std::size_t> out;
  for (auto const& p : places) out.push_back(p.option);
  return out;
}
using Order = std::vector<std::size_t>;

TEST(Rank, priority_is_the_order_written) {
  EXPECT_EQ(order(rank(Strategy::priority, 0, options(4), 7)), (Order{0, 1, 2, 3}));
}

TEST(Rank, weights_split_within_one_percent_over_a_hundred_thousand) {
  auto three = options(3);
  three[0].weight = 70;
  three[1].weight = 25;
  three[2].weight = 5;
  std::array<int, 3> first{};
  Random seeds{1};
  for (int i = 0; i < 100'000; ++i) ++first[rank(Strategy::weighted, 0, three, seeds.next())[0].option];
  EXPECT_NEAR(first[0], 70'000, 1'000);
  EXPECT_NEAR(first[1], 25'000, 1'000);
  EXPECT_NEAR(first[2], 5'000, 1'000);
}

TEST(Rank, when_the_first_falls_out_the_rest_keep_their_proportion) {
  auto three = options(3);
  three[0].weight = 60;
  three[1].weight = 30;
  three[2].weight = 10;
  int second = 0, cases = 0;
  Random seeds{2};
  for (int i = 0; i < 100'000; ++i) {
    auto const places = rank(Strategy::weighted, 0, three, seeds.next());
    if (places[0].option != 0) continue;
    ++cases;
    second += places[1].option == 1;
  }
  EXPECT_NEAR(static_cast<double>(second) / cases, 0.75, 0.01);
}

TEST(Rank, lowest_cost_puts_the_unpriced_last) {
  auto four = options(4);
  four[0].cost = Nano{300};
  four[2].cost = Nano{100};
  four[3].cost = Nano{200};
  EXPECT_EQ(order(rank(Strategy::lowest_cost, 0, four, 1)), (Order{2, 3, 0, 1}));
}

TEST(Rank, lowest_latency_prefers_the_fast_but_never_herds) {
  auto four = options(4);
  for (std::size_t i = 0; i < 4; ++i) four[i].view.ttfb_us = 100'000 * static_cast<int>(i + 1);
  std::array<int, 4> first{};
  Random seeds{3};
  for (int i = 0; i < 60'000; ++i) ++first[rank(Strategy::lowest_latency, 0, four, seeds.next())[0].option];
  // Two of four are drawn: the fastest is in half of the draws, the second best in a third, the third in a
  // sixth.
  EXPECT_NEAR(first[0], 30'000, 600);
  EXPECT_NEAR(first[1], 20'000, 600);
  EXPECT_NEAR(first[2], 10'000, 600);
  EXPECT_EQ(first[3], 0) << "the slowest never wins a draw";
}

TEST(Rank, requests_under_way_count_as_slowness) {
  auto two = options(2);
  two[0].view.ttfb_us = 100'000;
  two[0].view.in_flight = 5;
  two[1].view.ttfb_us = 300'000;
  EXPECT_EQ(rank(Strategy::lowest_latency, 0, two, 1)[0].option, 1u);
}

TEST(Rank, most_remaining_goes_where_quota_is_left) {
  auto three = options(3);
  three[0].view.remaining = 200;
  three[1].view.remaining = 900;
  three[2].view.remaining = 500;
  EXPECT_EQ(order(rank(Strategy::most_remaining, 0, three, 1)), (Order{1, 2, 0}));
}

TEST(Rank, a_conversation_keeps_its_target_until_that_falls_ill_and_comes_back_to_it) {
  auto five = options(5);
  Random seeds{4};
  for (std::uint64_t talk = 1; talk <= 1'000; ++talk) {
    auto const sticky = Random::mixed(talk);
    auto const home = rank(Strategy::weighted, sticky, five, seeds.next())[0];
    EXPECT_EQ(home.why, "sticky");
    EXPECT_EQ(rank(Strategy::weighted, sticky, five, seeds.next())[0].option, home.option);
    auto ill = five;
    auto const other = (home.option + 1) % 5;
    ill[other].view.standing = Standing::open;
    EXPECT_EQ(rank(Strategy::weighted, sticky, ill, seeds.next())[0].option, home.option)
        << "somebody else's trouble moves nobody";
    ill[home.option].view.standing = Standing::open;
    EXPECT_NE(rank(Strategy::weighted, sticky, ill, seeds.next())[0].option, home.option);
  }
}

TEST(Rank, conversations_spread_by_weight) {
  auto two = options(2);
  two[0].weight = 3;
  int first = 0;
  for (std::uint64_t talk = 1; talk <= 20'000; ++talk)
    first += rank(Strategy::priority, Random::mixed(talk), two, 1)[0].option == 0;
  EXPECT_NEAR(first, 15'000, 400);
}

TEST(Rank, the_ill_come_last_soonest_end_first_and_are_never_dropped) {
  auto five = options(5);
  five[0].view.standing = Standing::open;
  five[0].view.until_ms = 9'000;
  five[1].view.standing = Standing::cooling;
  five[1].view.until_ms = 2'000;
  auto const places = rank(Strategy::priority, 0, five, 1);
  EXPECT_EQ(order(places), (Order{2, 3, 4, 1, 0}));
  EXPECT_EQ(places[3].why, "cooling down");
  EXPECT_EQ(places[4].why, "breaker open");
  EXPECT_TRUE(places[4].last_resort);
}

TEST(Rank, breakers_set_aside_at_most_half) {
  auto four = options(4);
  for (auto& o : four) {
    o.view.standing = Standing::open;
    o.view.until_ms = 1'000;
  }
  auto const places = rank(Strategy::priority, 0, four, 1);
  EXPECT_EQ(std::ranges::count_if(places, [](auto const& p) { return p.last_resort; }), 2);
  EXPECT_EQ(places[0].why, "ejection cap");
  EXPECT_EQ(places.size(), 4u);
}

TEST(Rank, one_target_is_taken_whatever_its_health) {
  auto one = options(1);
  one[0].view.standing = Standing::open;
  EXPECT_FALSE(rank(Strategy::weighted, 9, one, 1)[0].last_resort);
}

TEST(Rank, the_same_seed_gives_the_same_order) {
  auto const ten = options(10);
  Order const once = order(rank(Strategy::weighted, 0, ten, 42));
  EXPECT_EQ(once, order(rank(Strategy::weighted, 0, ten, 42)));
  EXPECT_NE(once, order(rank(Strategy::weighted, 0, ten, 43)));
}

}  // namespace
}  // namespace tsg::routing
