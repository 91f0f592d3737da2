#include "tsg/core/money.hpp"

#include <gtest/gtest.h>

#include <random>

namespace tsg {
namespace {

struct Row {
  std::int64_t price, units, charge, hold;
};

TEST(Money, WorkedExamples) {
  Row const rows[] = {
      {37'500'000, 1, 38, 38},
      {37'500'000, 3, 112, 113},
      {37'500'000, 5, 188, 188},
      {37'500'000, 7, 262, 263},
      {2'500'000'000, 234, 585'000, 585'000},
      {1'250'000'000, 1000, 1'250'000, 1'250'000},
      {10'000'000'000, 567, 5'670'000, 5'670'000},
      {75'000'000, 333'333'333, 24'999'999'975, 24'999'999'975},
      {0, 1'000'000, 0, 0},
      {1, 1, 0, 1},  // the least price still holds something
  };
  for (auto const& r : rows) {
    EXPECT_EQ(charge_half_even(r.units, {r.price}), Nano{r.charge}) << r.price << " x " << r.units;
    EXPECT_EQ(hold_ceil(r.units, {r.price}), Nano{r.hold}) << r.price << " x " << r.units;
  }
}

TEST(Money, OneRequestOfThreeMeters) {
  auto const input = charge_half_even(234, *parse_usd_per_million("2.50"));
  auto const cached = charge_half_even(1000, *parse_usd_per_million("1.25"));
  auto const output = charge_half_even(567, *parse_usd_per_million("10"));
  EXPECT_EQ(to_usd(*input + *cached + *output), "0.007505");
}

TEST(Money, ProductsBeyondSixtyFourBitsAreExact) {
  EXPECT_EQ(charge_half_even(1'000'000'000'000, {1'000'000'000}), Nano{1'000'000'000'000'000});
  // 2^53 + 1 units: a double would lose the last one.
  EXPECT_EQ(charge_half_even(9'007'199'254'740'993, {1'000'000}), Nano{9'007'199'254'740'993});
  EXPECT_EQ(hold_ceil(INT64_MAX, {1'000'000}), Nano{INT64_MAX});
}

TEST(Money, WhatDoesNotFitIsRefused) {
  EXPECT_FALSE(charge_half_even(INT64_MAX, {1'000'001}));
  EXPECT_FALSE(hold_ceil(INT64_MAX, {1'000'001}));
  EXPECT_FALSE(hold_ceil(INT64_MAX, {INT64_MAX}));
  EXPECT_FALSE(checked_add({INT64_MAX}, {1}));
  EXPECT_FALSE(checked_add({INT64_MIN}, {-1}));
  EXPECT_EQ(checked_add({INT64_MAX}, {-1}), Nano{INT64_MAX - 1});
}

TEST(Money, AHoldIsNeverLessThanItsCharge) {
  std::mt19937_64 random{20261124};
  for (int i = 0; i < 20'000; ++i) {
    auto const units = static_cast<std::int64_t>(random() % 10'000'000);
    Price const price{static_cast<std::int64_t>(random() % 100'000'000'000)};
    auto const charge = charge_half_even(units, price);
    auto const hold = hold_ceil(units, price);
    ASSERT_TRUE(charge && hold);
    ASSERT_GE(hold->v, charge->v);
    ASSERT_LE(hold->v - charge->v, 1);
  }
}

TEST(Money, ReadsPlainDecimals) {
  EXPECT_EQ(parse_usd_per_million("0.0375"), Price{37'500'000});
  EXPECT_EQ(parse_usd("25.00"), Nano{25'000'000'000});
  EXPECT_EQ(parse_usd("0"), Nano{0});
  EXPECT_EQ(parse_usd("0.000000001"), Nano{1});
  EXPECT_EQ(parse_usd("9223372036.854775807"), Nano{INT64_MAX});
}

TEST(Money, RefusesEverythingElse) {
  for (auto const* text : {"",           ".",
                           ".5",         "5.",
                           "-1",         "+1",
                           "1e3",        "1E3",
                           " 1",         "1 ",
                           "1,5",        "1.0000000001",
                           "0x1",        "1.2.3",
                           "NaN",        "inf",
                           "$1",         "9223372036.854775808",
                           "9223372037", "99999999999999999999999999999999999999999"}) {
    EXPECT_FALSE(parse_usd(text)) << text;
    EXPECT_FALSE(parse_usd_per_million(text)) << text;
  }
}

TEST(Money, PrintsTheShortestExactDecimal) {
  EXPECT_EQ(to_usd({7'505'000}), "0.007505");
  EXPECT_EQ(to_usd({0}), "0");
  EXPECT_EQ(to_usd({-5}), "-0.000000005");
  EXPECT_EQ(to_usd({25'000'000'000}), "25");
  EXPECT_EQ(to_usd({1'500'000'000}), "1.5");
  EXPECT_EQ(to_usd({INT64_MAX}), "9223372036.854775807");
  EXPECT_EQ(to_usd({INT64_MIN}), "-9223372036.854775808");
}

// A sum that wrapped would open a budget that is spent.
TEST(Money, SumsSaturateAndNeverWrap) {
  Nano const most{INT64_MAX}, least{INT64_MIN}, one{1};
  EXPECT_EQ(most + one, most);
  EXPECT_EQ(most + most, most);
  EXPECT_EQ(least - one, least);
  EXPECT_EQ(least + least, least);
  EXPECT_EQ(Nano{-1} - least, most);
  Nano sum;
  for (int i = 0; i < 20; ++i) sum += Nano{INT64_MAX / 9};
  EXPECT_EQ(sum, most);
  EXPECT_EQ(most - one, Nano{INT64_MAX - 1}) << "what fits is exact";
  EXPECT_EQ(saturated_mul(INT64_MAX, -2), INT64_MIN);
  EXPECT_EQ(saturated_mul(-3, -4), 12);
}

TEST(Money, TextGoesThereAndBack) {
  std::mt19937_64 random{7};
  for (int i = 0; i < 20'000; ++i) {
    Nano const amount{static_cast<std::int64_t>(random() >> (1 + random() % 63))};
    ASSERT_EQ(parse_usd(to_usd(amount)), amount) << amount.v;
  }
}

}  // namespace
}  // namespace tsg
