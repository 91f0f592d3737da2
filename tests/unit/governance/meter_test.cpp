#include "tsg/governance/meter.hpp"

#include <atomic>
#include <thread>

#include "world_fixture.hpp"

namespace tsg::governance {
namespace {

using std::chrono::milliseconds;
SteadyTime const kNow{std::chrono::seconds{1000}};
WallTime const kWall{1'800'000'000'000'000'000};

Charge charge(std::int64_t in, std::int64_t out) {
  Charge c;
  c.input_tokens = in;
  c.output_tokens = out;
  return c;
}

TEST(Limits, AllLevelsOrNone) {
  SmallWorld w;
  w.limit(kOrg, R"({"requests_per_minute":10})");
  w.limit(kKey, R"({"requests_per_minute":1})");
  auto const levels = w.levels();
  { ASSERT_TRUE(Lease::take(levels, {}, kNow, kWall)); }
  for (int i = 0; i < 20; ++i) ASSERT_FALSE(Lease::take(levels, {}, kNow, kWall));
  w.builder.put_limit(kKey, 2, "", nullptr);
  auto const wider = w.levels();
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(Lease::take(wider, {}, kNow, kWall)) << i;
  EXPECT_FALSE(Lease::take(wider, {}, kNow, kWall))
      << "the refusals of the key took nothing from its organisation";
}

TEST(Limits, TheRefusalSaysEverything) {
  SmallWorld w;
  w.limit(kTeamProd, R"({"requests_per_minute":60})", 7);
  auto const levels = w.levels();
  for (int i = 0; i < 60; ++i) ASSERT_TRUE(Lease::take(levels, {}, kNow, kWall));
  auto const refused = Lease::take(levels, {}, kNow, kWall);
  ASSERT_FALSE(refused);
  auto const& d = *refused.error().peek();
  EXPECT_EQ(refused.error().code(), Errc::rate_limited);
  EXPECT_EQ(d.rule, "limit team/acme.core/prod v7 requests_per_minute");
  EXPECT_EQ(d.retry_after, milliseconds{1000});
  EXPECT_EQ(d.limit->scope, "team");
  EXPECT_EQ(d.limit->scope_id, "acme.core");
  EXPECT_EQ(d.limit->limit, "60");
  EXPECT_EQ(d.limit->used, "60");
  EXPECT_EQ(d.limit->resets_at, to_rfc3339(WallTime{kWall.ns + 60'000'000'000}));
  EXPECT_FALSE(Lease::take(levels, {}, kNow + milliseconds{999}, kWall));
  EXPECT_TRUE(Lease::take(levels, {}, kNow + milliseconds{1000}, kWall));
}

TEST(Limits, TokensAreCorrectedToWhatWasUsed) {
  SmallWorld w;
  w.limit(kKey, R"({"input_tokens_per_minute":1000,"output_tokens_per_minute":1000})");
  auto const levels = w.levels();
  auto lease = Lease::take(levels, charge(900, 900), kNow, kWall);
  ASSERT_TRUE(lease);
  EXPECT_EQ(lease->standing().tokens->remaining, 100);
  EXPECT_FALSE(Lease::check(levels, charge(200, 0), kNow, kWall));
  lease->settle(100, 50, kNow);
  lease->settle(100, 50, kNow);  // once is enough
  EXPECT_TRUE(Lease::check(levels, charge(900, 950), kNow, kWall));
  EXPECT_FALSE(Lease::check(levels, charge(901, 0), kNow, kWall));
}

TEST(Limits, ARequestLargerThanTheMinuteIsNotRefusedForEver) {
  SmallWorld w;
  w.limit(kKey, R"({"input_tokens_per_minute":1000})");
  auto const levels = w.levels();
  auto lease = Lease::take(levels, charge(50'000, 0), kNow, kWall);
  ASSERT_TRUE(lease);
  lease->settle(3000, 0, kNow);  // and the bucket is below zero: two minutes to recover
  EXPECT_FALSE(Lease::check(levels, charge(1, 0), kNow + std::chrono::seconds{119}, kWall));
  EXPECT_TRUE(Lease::check(levels, charge(1, 0), kNow + std::chrono::seconds{121}, kWall));
}

TEST(Limits, ConcurrencyComesBackWhenTheLeaseDies) {
  SmallWorld w;
  w.limit(kOrg, R"({"concurrency":2})");
  auto const levels = w.levels();
  auto a = Lease::take(levels, {}, kNow, kWall), b = Lease::take(levels, {}, kNow, kWall);
  ASSERT_TRUE(a && b);
  EXPECT_FALSE(Lease::take(levels, {}, kNow, kWall));
  Lease moved = std::move(*a);
  EXPECT_FALSE(Lease::take(levels, {}, kNow, kWall)) << "moving gives nothing back";
  moved = Lease{};
  EXPECT_TRUE(Lease::take(levels, {}, kNow, kWall));
}

TEST(Limits, AReplayCostsOneRequestAndNoTokens) {
  SmallWorld w;
  w.limit(kKey, R"({"requests_per_minute":2,"input_tokens_per_minute":100,"concurrency":1})");
  auto const levels = w.levels();
  auto replayed = Lease::take(levels, charge(100, 0), kNow, kWall);
  ASSERT_TRUE(replayed);
  replayed->undo(true, kNow);
  auto refused = Lease::take(levels, charge(100, 0), kNow, kWall);
  ASSERT_TRUE(refused) << "tokens and concurrency are back";
  refused->undo(false, kNow);
  EXPECT_TRUE(Lease::take(levels, charge(100, 0), kNow, kWall));
  EXPECT_FALSE(Lease::check(levels, {}, kNow, kWall)) << "two requests counted, one was undone";
}

TEST(Limits, CountersSurviveANewVersionOfTheDocument) {
  SmallWorld w;
  w.limit(kKey, R"({"requests_per_minute":5})", 1);
  {
    auto const levels = w.levels();
    for (int i = 0; i < 5; ++i) ASSERT_TRUE(Lease::take(levels, {}, kNow, kWall));
  }
  w.limit(kKey, R"({"requests_per_minute":5})", 2);
  EXPECT_FALSE(Lease::check(w.levels(), {}, kNow, kWall));
}

TEST(Limits, ThreadsTogetherGetExactlyTheLimit) {
  SmallWorld w;
  w.limit(kOrg, R"({"requests_per_minute":1000})");
  w.limit(kKey, R"({"requests_per_minute":700})");
  auto const levels = w.levels();
  std::atomic<int> passed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i)
        if (Lease::take(levels, {}, kNow, kWall)) ++passed;
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(passed, 700);
}

TEST(Limits, DurationsLookLikeGo) {
  EXPECT_EQ(go_duration(0), "0ms");
  EXPECT_EQ(go_duration(11'000'001), "12ms");
  EXPECT_EQ(go_duration(1'000'000'000), "1s");
  EXPECT_EQ(go_duration(1'500'000'000), "1.5s");
  EXPECT_EQ(go_duration(360'000'000'000), "6m0s");
}

TEST(Limits, RefusalsTakeFromTheRateAndNothingBeyondIt) {
  SmallWorld w;
  w.limit(kOrg, R"({"requests_per_minute":10})");
  w.limit(kKey, R"({"requests_per_minute":3,"input_tokens_per_minute":5})");
  auto const levels = w.levels();
  { ASSERT_TRUE(Lease::take(levels, {}, kNow, kWall)); }
  EXPECT_EQ(Lease::count(levels, Uncharged::refusal, kNow), Room::within);
  EXPECT_EQ(Lease::count(levels, Uncharged::refusal, kNow), Room::within);
  for (int i = 0; i < 50; ++i) EXPECT_EQ(Lease::count(levels, Uncharged::refusal, kNow), Room::beyond);
  EXPECT_FALSE(Lease::take(levels, {}, kNow, kWall)) << "they were requests like any other";
  w.builder.put_limit(kKey, 2, "", nullptr);
  auto const wider = w.levels();
  for (int i = 0; i < 7; ++i) EXPECT_TRUE(Lease::take(wider, {}, kNow, kWall)) << i;
  EXPECT_FALSE(Lease::take(wider, {}, kNow, kWall)) << "three of the organisation's ten";
  EXPECT_EQ(Lease::count(wider, Uncharged::refusal, kNow + milliseconds{6'000}), Room::within)
      << "a tenth of a minute";
}

TEST(Limits, WhatBuysNothingAndBreaksNoRuleHasARateBesideThatOfCalls) {
  SmallWorld w;
  w.limit(kKey, R"({"requests_per_minute":2})");
  auto const levels = w.levels();
  EXPECT_EQ(Lease::count(levels, Uncharged::aside, kNow), Room::within);
  EXPECT_EQ(Lease::count(levels, Uncharged::aside, kNow), Room::within);
  EXPECT_EQ(Lease::count(levels, Uncharged::aside, kNow), Room::beyond);
  EXPECT_TRUE(Lease::take(levels, {}, kNow, kWall));
}

TEST(Limits, WithoutARateOfRequestsNothingIsBeyondIt) {
  SmallWorld w;
  w.limit(kKey, R"({"concurrency":1})");
  EXPECT_EQ(Lease::count(w.levels(), Uncharged::refusal, kNow), Room::unlimited);
}

}  // namespace
}  // namespace tsg::governance
