#include <gtest/gtest.h>

#include <random>

#include "tsg/catalog/catalog.hpp"

namespace tsg::catalog {
namespace {

constexpr WallTime the_day{1'795'000'000'000'000'000};  // 2026-11-18
constexpr std::int64_t slack = 14;                      // for the rounding of the parts

Catalog const& built_in() {
  static auto const loaded = Catalog::load(Catalog::built_in());
  return *loaded.catalog;
}
std::optional<Nano> bound(std::string_view id, Bound const& what) {
  return hold_bound(*built_in().find(id), what, the_day);
}
std::int64_t nano(std::string_view id, Bound const& what) {
  return bound(id, what).value_or(Nano{-1}).v;
}

Bound of(std::int64_t input, std::int64_t output) {
  Bound b;
  b.input_tokens = input;
  b.output_tokens = output;
  b.text_only = true;
  return b;
}

TEST(HoldBound, counts_input_at_the_dearest_class) {
  auto b = of(1'000'000, 0);
  b.region = "elsewhere";
  EXPECT_EQ(nano("claude-opus-5-5", b), 8'000'000'000 + slack) << "an hour's cache write";
  EXPECT_EQ(nano("gpt-4o", b), 2'500'000'000 + slack) << "no write price, no cache discount";
}

TEST(HoldBound, takes_the_dearest_region_unless_pinned) {
  auto b = of(0, 1'000'000);
  EXPECT_EQ(nano("claude-opus-5-5", b), 22'000'000'000 + slack);
  b.region = "inference_geo=us";
  EXPECT_EQ(nano("claude-opus-5-5", b), 22'000'000'000 + slack);
  b.region = "inference_geo=global";
  EXPECT_EQ(nano("claude-opus-5-5", b), 20'000'000'000 + slack);
}

TEST(HoldBound, crosses_into_long_context_with_the_bound) {
  auto b = of(199'999, 1'000'000);
  b.region = "none";
  EXPECT_EQ(nano("grok-4.3", b), 199'999 * 1'250 + 2'500'000'000 + slack);
  b.input_tokens = 200'000;
  EXPECT_EQ(nano("grok-4.3", b), 200'000 * 2'500 + 5'000'000'000 + slack);
}

TEST(HoldBound, a_tier_may_be_answered_as_standard) {
  auto b = of(0, 1'000'000);
  b.region = "none";
  auto const standard = nano("gpt-5.6-sol", b);
  EXPECT_EQ(standard, 20'000'000'000 + slack);
  b.service_tier = "flex";
  EXPECT_EQ(nano("gpt-5.6-sol", b), standard);
  b.service_tier = "priority";
  EXPECT_EQ(nano("gpt-5.6-sol", b), 40'000'000'000 + slack);
  b.service_tier = "auto";
  EXPECT_EQ(nano("gpt-5.6-sol", b), 40'000'000'000 + slack);
  EXPECT_GT(nano("grok-4.3", b), 0) << "auto where priority is not sold is standard";
  b.service_tier = "priority";
  EXPECT_FALSE(bound("grok-4.3", b)) << "no price is known for it";
  b.service_tier = "batch";
  EXPECT_TRUE(bound("grok-4.3", b)) << "never dearer than standard";
}

TEST(HoldBound, adds_fees_and_rounds_up) {
  Bound b;
  b.web_searches = 3;
  EXPECT_EQ(nano("gpt-4o", b), 30'000'000 + slack);
  EXPECT_EQ(nano("perplexity/sonar", b), 7'500'000 + slack);
  b.web_searches = 1;
  EXPECT_FALSE(hold_bound(*built_in().find("gpt-4"), b, the_day)) << "no fee is known: no bound";
  EXPECT_EQ(nano("sonar-pro", Bound{}), 22'000'000 + slack) << "the dearest request fee";
  EXPECT_EQ(nano("gpt-4o", Bound{}), 0);
  auto const tiny =
      Catalog::load(R"({"models": [{"provider": "p", "id": "m", "prices": {"input": "0.0375"}}]})");
  EXPECT_EQ(hold_bound(*tiny.catalog->find("m"), of(3, 0), the_day), Nano{113 + slack});
}

TEST(HoldBound, sound_and_pictures_count_unless_excluded) {
  auto b = of(1'000'000, 1'000'000);
  EXPECT_EQ(nano("gpt-audio", b), 12'500'000'000 + slack);
  b.text_only = false;
  EXPECT_EQ(nano("gpt-audio", b), 96'000'000'000 + slack);
}

TEST(HoldBound, what_has_no_price_or_does_not_fit_has_no_bound) {
  auto const loaded = Catalog::load(R"({"models": [{"provider": "p", "id": "none"},
      {"provider": "p", "id": "in", "prices": {"input": "1"}},
      {"provider": "p", "id": "later", "periods": [{"from": "2100-01-01", "prices": {"input": "1", "output": "1"}}]}]})");
  auto const get = [&](std::string_view id, Bound const& b) {
    return hold_bound(*loaded.catalog->find(id), b, the_day);
  };
  EXPECT_FALSE(get("none", of(1, 1)));
  EXPECT_FALSE(get("in", of(1, 1)));
  EXPECT_TRUE(get("in", of(1, 0)));
  EXPECT_FALSE(get("later", of(1, 1)));
  EXPECT_FALSE(bound("gpt-4o", of(INT64_MAX, 1)));
  EXPECT_FALSE(bound("gpt-4o", of(-1, 1)));
}

// The point of a hold: whatever the answer turns out to be, it costs no more.
TEST(HoldBound, no_answer_within_the_counts_costs_more) {
  std::mt19937_64 random{7};
  auto const up_to = [&](std::int64_t most) {
    return static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(most + 1));
  };
  for (auto const& model : built_in().models())
    for (int i = 0; i < 200; ++i) {
      Usage usage;
      auto const scale = i % 2 == 0 ? 20 : 200'000;
      for (auto meter : {&Usage::input, &Usage::cached_input, &Usage::cache_write_5m, &Usage::cache_write_30m,
                         &Usage::cache_write_1h, &Usage::cache_write_12h, &Usage::input_audio,
                         &Usage::cached_input_audio, &Usage::input_image})
        usage.*meter = up_to(scale);
      if (model.mode != Mode::embedding)
        for (auto meter : {&Usage::output, &Usage::reasoning, &Usage::output_audio, &Usage::output_image})
          usage.*meter = up_to(scale);
      Bound b;
      b.input_tokens = usage.input_total();
      b.output_tokens = usage.output_total();
      if (model.fees.contains("web_search")) b.web_searches = usage.web_searches = up_to(5);
      if (model.fees.contains("request_low")) usage.requests = 1;
      if (i % 4 == 1 && !model.regional.empty()) usage.region = model.regional.begin()->first;
      for (auto const* tier : {"", "batch", "priority"}) {
        b.service_tier = tier;
        auto const hold = hold_bound(model, b, the_day);
        if (!hold) continue;  // priority without prices
        for (auto const* served : {"", tier}) {
          usage.service_tier = served;
          auto const cost = price(model, usage, the_day);
          ASSERT_TRUE(cost) << model.id;
          EXPECT_LE(cost->total.v, hold->v) << model.id << " asked " << tier << " served " << served;
        }
      }
    }
}

}  // namespace
}  // namespace tsg::catalog
