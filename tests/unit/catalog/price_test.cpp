#include <gtest/gtest.h>

#include <random>

#include "tsg/catalog/catalog.hpp"
#include "tsg/catalog/discount.hpp"

namespace tsg::catalog {
namespace {

constexpr WallTime price_day{1'795'000'000'000'000'000};  // 2026-11-18

Model const& model(std::string_view id) {
  static auto const loaded = Catalog::load(Catalog::built_in());
  return *loaded.catalog->find(id);
}
std::int64_t total(std::string_view id, Usage const& usage) {
  auto const cost = price(model(id), usage, price_day);
  if (!cost) return -1;
  Nano sum;
  for (auto const& part : cost->parts) sum += part.cost;
  EXPECT_EQ(sum, cost->total);
  return cost->total.v;
}
bool estimated(std::string_view id, Usage const& usage) {
  return price(model(id), usage, price_day)->estimated;
}

TEST(Price, the_worked_example) {  // annex A.4: 1234 input of which 1000 cached, 567 output
  Usage usage;
  usage.input = 234;
  usage.cached_input = 1000;
  usage.output = 567;
  auto const cost = price(model("gpt-4o"), usage, price_day);
  ASSERT_TRUE(cost);
  EXPECT_EQ(cost->total, Nano{7'505'000});
  ASSERT_EQ(cost->parts.size(), 3u);
  EXPECT_EQ(cost->parts[0].meter, "input");
  EXPECT_EQ(cost->parts[0].cost, Nano{585'000});
  EXPECT_EQ(cost->parts[1].units, 1000);
  EXPECT_EQ(cost->parts[2].cost, Nano{5'670'000});
  EXPECT_FALSE(cost->estimated);
}

TEST(Price, each_meter_is_rounded_once_half_to_even) {
  auto const loaded = Catalog::load(
      R"({"models": [{"provider": "p", "id": "m", "prices": {"input": "0.0375", "output": "0.0375"}}]})");
  auto const cost = [&](std::int64_t in, std::int64_t out) {
    Usage usage;
    usage.input = in;
    usage.output = out;
    return price(*loaded.catalog->find("m"), usage, price_day)->total.v;
  };
  EXPECT_EQ(cost(1, 0), 38);
  EXPECT_EQ(cost(3, 0), 112);
  EXPECT_EQ(cost(3, 3), 224) << "two rows, not one of 225";
  EXPECT_EQ(cost(333'333'333, 0), 12'499'999'988);
}

TEST(Price, a_discount_is_off_every_unit_price_and_the_list_price_is_remembered) {
  Usage usage;
  usage.input = 234;
  usage.cached_input = 1000;
  usage.output = 567;
  auto const cost = price_discounted(model("gpt-4o"), usage, price_day, 125'000);
  ASSERT_TRUE(cost);
  EXPECT_EQ(cost->parts[0].price.per_million, 2'187'500'000);
  EXPECT_EQ(cost->parts[0].list_price.per_million, 2'500'000'000);
  EXPECT_EQ(cost->parts[0].cost, Nano{511'875});
  EXPECT_EQ(cost->total, Nano{7'505'000 * 7 / 8}) << "6'566'875, each part exact here";
  EXPECT_EQ(price_discounted(model("gpt-4o"), usage, price_day, 1'000'000)->total, Nano{0}) << "all of it";
}

TEST(Price, what_the_provider_reports_is_paid_whatever_was_negotiated) {
  Usage usage;
  usage.input = 100;
  usage.reported_cost = Nano{1'000};
  auto const cost = price_discounted(model("gpt-4o"), usage, price_day, 125'000);
  EXPECT_EQ(cost->total, Nano{1'000});
  EXPECT_EQ(cost->parts[0].price, cost->parts[0].list_price);
}

TEST(Price, anthropic_cache_writes_have_a_price_by_lifetime) {
  Usage usage;
  usage.input = usage.cached_input = usage.cache_write_5m = usage.cache_write_1h = usage.output = 1'000'000;
  usage.web_searches = 3;
  EXPECT_EQ(total("claude-opus-5-5", usage),
            4'000'000'000 + 200'000'000 + 5'000'000'000 + 8'000'000'000 + 20'000'000'000 + 30'000'000);
  usage.region = "inference_geo=us";  // 1.1 on tokens, not on searches
  EXPECT_EQ(total("claude-opus-5-5", usage), 37'200'000'000 / 10 * 11 + 30'000'000);
  usage.region = {};
  usage.service_tier = "batch";
  EXPECT_EQ(total("claude-opus-5-5", usage), 37'200'000'000 / 2 + 30'000'000) << "cache writes halve too";
}

TEST(Price, openai_cache_writes_are_input_where_no_write_is_sold) {
  Usage usage;
  usage.cache_write_30m = 100'000;
  EXPECT_EQ(total("gpt-4o", usage), 250'000'000);
  EXPECT_FALSE(estimated("gpt-4o", usage));
  EXPECT_EQ(total("gpt-6-luna", usage), 12'500'000);
  Usage other;
  other.cache_write_1h = 100'000;
  EXPECT_EQ(total("gpt-6-luna", other), 12'500'000);
  EXPECT_TRUE(estimated("gpt-6-luna", other)) << "not a lifetime it sells";
}

TEST(Price, long_context_applies_to_the_whole_request_and_counts_the_cache) {
  Usage usage;  // grok-4.3: at 200,000 and more
  usage.input = 100'000;
  usage.cached_input = 99'999;
  usage.output = 1'000'000;
  EXPECT_EQ(total("grok-4.3", usage), 125'000'000 + 19'999'800 + 2'500'000'000);
  usage.cached_input = 100'000;
  EXPECT_EQ(total("grok-4.3", usage), 250'000'000 + 40'000'000 + 5'000'000'000);
  Usage openai;  // above 272,000
  openai.input = 272'000;
  EXPECT_EQ(total("gpt-5.6-sol", openai), 272'000 * 4'000);
  openai.input = 272'001;
  EXPECT_EQ(total("gpt-5.6-sol", openai), 272'001 * 8'000LL);
  openai.service_tier = "flex";
  EXPECT_EQ(total("gpt-5.6-sol", openai), 272'001 * 4'000LL) << "flex halves the long price";
  EXPECT_FALSE(estimated("gpt-5.6-sol", openai));
  openai.service_tier = "priority";
  EXPECT_TRUE(estimated("gpt-5.6-sol", openai)) << "not sold for long requests";
}

TEST(Price, a_tier_without_a_cached_price_charges_its_input_price_and_says_so) {
  auto const loaded = Catalog::load(
      R"({"models": [{"provider": "p", "id": "m", "prices": {"input": "4", "output": "8", "cached_input": "1"},
          "tiers": {"flex": {"input": "2", "output": "4"}}}]})");
  Usage usage;
  usage.cached_input = 1'000'000;
  usage.service_tier = "flex";
  auto const cost = price(*loaded.catalog->find("m"), usage, price_day);
  EXPECT_EQ(cost->total, Nano{2'000'000'000});
  EXPECT_TRUE(cost->estimated);
}

TEST(Price, an_unknown_tier_is_standard_and_estimated) {
  Usage usage;
  usage.input = 1'000'000;
  for (auto const* tier : {"", "default", "standard", "auto"}) {
    usage.service_tier = tier;
    EXPECT_EQ(total("gpt-4o", usage), 2'500'000'000);
    EXPECT_FALSE(estimated("gpt-4o", usage)) << tier;
  }
  usage.service_tier = "scale";
  EXPECT_TRUE(estimated("gpt-4o", usage));
}

TEST(Price, audio_has_its_own_meters) {
  Usage usage;
  usage.input_audio = usage.output_audio = 1'000'000;
  EXPECT_EQ(total("gpt-audio", usage), 96'000'000'000);
  EXPECT_EQ(total("gpt-4o", usage), 12'500'000'000) << "billed as text where no audio price exists";
}

TEST(Price, deep_research_bills_reasoning_citations_and_searches_apart) {
  Usage usage;
  usage.input = usage.output = usage.reasoning = usage.citation = 1'000'000;
  usage.web_searches = 1'000;
  EXPECT_EQ(total("sonar-deep-research", usage),
            2'000'000'000 + 8'000'000'000 + 3'000'000'000LL + 2'000'000'000 + 5'000'000'000);
}

TEST(Price, request_fees_follow_the_search_context_size) {
  Usage usage;
  usage.requests = 1;
  EXPECT_EQ(total("sonar", usage), 5'000'000) << "low unless said";
  usage.search_context = "high";
  EXPECT_EQ(total("sonar", usage), 12'000'000);
  usage.search_context = "huge";
  EXPECT_EQ(total("sonar", usage), 12'000'000);
  EXPECT_TRUE(estimated("sonar", usage));
}

TEST(Price, a_fee_nobody_lists_is_flagged_not_hidden) {
  Usage usage;
  usage.code_executions = 2;
  EXPECT_EQ(total("claude-opus-5-5", usage), 0) << "per container hour, which no answer tells";
  EXPECT_TRUE(estimated("claude-opus-5-5", usage));
  Usage tools;
  tools.other_tool_calls = 1;
  EXPECT_EQ(total("grok-4.3", tools), 10'000'000) << "the dearest per-call fee";
}

TEST(Price, the_providers_own_figure_is_the_total_and_the_parts_still_sum) {
  Usage usage;
  usage.input = 1'000'000;
  usage.reported_cost = Nano{2'400'000'000};
  auto const cost = price(model("gpt-4o"), usage, price_day);
  EXPECT_EQ(total("gpt-4o", usage), 2'400'000'000);
  EXPECT_EQ(cost->parts.back().meter, "provider_adjustment");
  EXPECT_EQ(cost->parts.back().cost, Nano{-100'000'000});
  EXPECT_FALSE(cost->estimated);
  usage.reported_cost = Nano{2'500'000'000};
  EXPECT_EQ(price(model("gpt-4o"), usage, price_day)->parts.size(), 1u);
  auto const unpriced = Catalog::load(R"({"models": [{"provider": "p", "id": "m"}]})");
  EXPECT_EQ(price(*unpriced.catalog->find("m"), usage, price_day)->total, Nano{2'500'000'000});
}

TEST(Price, what_the_provider_says_its_tools_cost_takes_the_place_of_the_listed_fees) {
  Usage usage;
  usage.input = 1000;  // 2,500,000
  usage.web_searches = 2;
  auto const listed = total("gpt-4o", usage);
  EXPECT_EQ(listed, 2'500'000 + 20'000'000);
  usage.reported_fees = Nano{5'000'000};
  EXPECT_EQ(total("gpt-4o", usage), 2'500'000 + 5'000'000);
  EXPECT_EQ(price(model("gpt-4o"), usage, price_day)->parts.back().meter, "provider_adjustment");
  usage.other_tool_calls = 3;  // whose fee nobody lists
  EXPECT_EQ(total("gpt-4o", usage), 2'500'000 + 5'000'000);
  EXPECT_FALSE(estimated("gpt-4o", usage));
  usage.reported_cost = Nano{9'000'000};
  EXPECT_EQ(total("gpt-4o", usage), 9'000'000) << "the whole is the whole";
}

TEST(Price, no_price_no_figure) {
  auto const loaded = Catalog::load(
      R"({"models": [{"provider": "p", "id": "m"}, {"provider": "p", "id": "in", "prices": {"input": "1"}}]})");
  Usage usage;
  usage.output = 1;
  EXPECT_FALSE(price(*loaded.catalog->find("m"), usage, price_day));
  EXPECT_FALSE(price(*loaded.catalog->find("in"), usage, price_day)) << "output is not sold";
  usage.reported_cost = Nano{-5};
  EXPECT_FALSE(price(*loaded.catalog->find("m"), usage, price_day)) << "a negative figure is none";
}

TEST(Price, counts_no_provider_can_mean_are_refused) {
  for (std::int64_t const units : {std::int64_t{-1}, INT64_MIN, INT64_MAX, std::int64_t{1} << 60}) {
    Usage usage;
    usage.output = units;
    EXPECT_FALSE(price(model("gpt-4o"), usage, price_day)) << units;
  }
  Usage huge;
  huge.output = (std::int64_t{1} << 53) / 8;  // more dollars than fit in 64 bits of nano-dollars
  EXPECT_EQ(price(model("gpt-4"), huge, price_day)->total, Nano{INT64_MAX})
      << "all there is; not unpriced, not free";
  Usage big;
  big.output = std::int64_t{1} << 40;
  EXPECT_EQ(total("gpt-4o", big), (std::int64_t{1} << 40) * 10'000);
}

TEST(Price, parts_sum_to_the_total_for_random_usage) {
  std::mt19937_64 random{20261124};
  for (int i = 0; i < 2'000; ++i) {
    Usage usage;
    auto const count = [&] { return static_cast<std::int64_t>(random() % 3 == 0 ? 0 : random() % 300'000); };
    usage.input = count();
    usage.cached_input = count();
    usage.cache_write_5m = count();
    usage.cache_write_30m = count();
    usage.input_audio = count();
    usage.output = count();
    usage.reasoning = count();
    usage.web_searches = count() % 10;
    for (auto const* id : {"gpt-5.6-sol", "claude-sonnet-5-5", "grok-4.3", "gemini-2.5-flash", "sonar"})
      EXPECT_GE(total(id, usage), 0);
  }
}

}  // namespace
}  // namespace tsg::catalog
