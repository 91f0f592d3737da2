// The catalogue that is compiled in: loads, is complete, and says what its sources say.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "catalog/select.hpp"

namespace tsg::catalog {
namespace {

Catalog const& compiled_in() {
  static auto const loaded = Catalog::load(Catalog::built_in());
  for (auto const& problem : loaded.problems) ADD_FAILURE() << problem;
  return *loaded.catalog;
}

TEST(BuiltIn, has_every_model_of_the_five_providers) {
  std::map<std::string, int> count;
  for (auto const& model : compiled_in().models()) ++count[model.provider];
  EXPECT_EQ(count, (std::map<std::string, int>{
                       {"anthropic", 20}, {"openai", 44}, {"gemini", 16}, {"xai", 16}, {"perplexity", 8}}));
  EXPECT_EQ(compiled_in().version().size(), 16u);
}

TEST(BuiltIn, every_model_is_priced_and_found_by_every_name_alone) {
  for (auto const& model : compiled_in().models()) {
    EXPECT_TRUE(model.priced()) << model.id;
    EXPECT_EQ(compiled_in().find(model.id), &model);
    for (auto const& alias : model.aliases) EXPECT_EQ(compiled_in().find(alias), &model) << alias;
    for (auto const& period : model.periods) {
      EXPECT_TRUE(period.standard.input) << model.id;
      EXPECT_TRUE(period.standard.output || model.mode == Mode::embedding) << model.id;
    }
  }
}

TEST(BuiltIn, regional_prices_stay_exact) {
  for (auto const& model : compiled_in().models())
    for (auto const& [region, micro] : model.regional)
      for (auto const& period : model.periods) {
        auto const price = *period.standard.input;
        auto const exact = price.per_million * micro;
        EXPECT_TRUE(exact % 1'000'000 == 0) << model.id;
        EXPECT_EQ(multiplied(price, micro)->per_million, exact / 1'000'000);
      }
}

// A fee that no request can reach is as wrong as a search that nobody pays for.
TEST(BuiltIn, a_model_searches_the_web_exactly_where_a_search_has_its_fee) {
  for (auto const& model : compiled_in().models()) {
    bool const paid = std::ranges::any_of(model.fees, [](auto const& fee) {
      return fee.first.starts_with("web_search") || fee.first.starts_with("request_");
    });
    EXPECT_EQ(model.capabilities.web_search, paid) << model.id;
  }
  EXPECT_TRUE(compiled_in().find("gpt-5.4")->capabilities.web_search);
  EXPECT_TRUE(compiled_in().find("gpt-4o-mini")->capabilities.web_search);
  EXPECT_FALSE(compiled_in().find("gpt-4.1-nano")->capabilities.web_search)
      << "OpenAI refuses the tool there";
}

TEST(BuiltIn, other_creators_models_are_sold_by_perplexity_but_not_listed) {
  auto const* model = compiled_in().find("perplexity", "anthropic/claude-opus-5-5");
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->provider, "perplexity");
  EXPECT_EQ(model->periods.front().standard.output, Price{20'000'000'000});
  EXPECT_EQ(model->fees.at("web_search"), Price{2'500'000'000'000});
  EXPECT_EQ(compiled_in().find("anthropic/claude-opus-5-5"), nullptr);
  EXPECT_EQ(compiled_in().find("perplexity", "openai/gpt-4"), nullptr) << "retired";
}

TEST(BuiltIn, prices_of_the_day_a_price_changes) {
  auto const& model = *compiled_in().find("gemini-4-argon");
  auto const before = *parse_rfc3339("2026-11-30T23:59:59Z"), after = *parse_rfc3339("2026-12-01T00:00:00Z");
  EXPECT_EQ(period_at(model, before)->standard.input, Price{2'000'000'000});
  EXPECT_EQ(period_at(model, after)->standard.input, Price{4'000'000'000});
  EXPECT_EQ(period_at(model, after)->tiers.at("batch").output, Price{10'000'000'000});
  EXPECT_NE(period_at(model, WallTime{0}), nullptr) << "its first period is open";
  EXPECT_EQ(period_at(*compiled_in().find("gemini-3.6-flash"), WallTime{0}), nullptr)
      << "not sold before its launch";
}

}  // namespace
}  // namespace tsg::catalog
