// Models that search by themselves: a hold must be for what they may find and be billed for, or not be made.
#include "pipeline/cost_bound.hpp"

#include <gtest/gtest.h>

namespace tsg::pipeline::test {
namespace {

catalog::Catalog const& models() {
  static auto const catalog = catalog::Catalog::load(catalog::Catalog::built_in(), "").catalog;
  return *catalog;
}

TargetBound bound(std::string_view dialect, std::string_view model, std::string const& more = "") {
  config::Provider provider;
  provider.dialect = providers::dialect(dialect);
  routing::Target target;
  target.provider = &provider;
  target.model = models().find(provider.dialect->seller, model);
  EXPECT_NE(target.model, nullptr) << model;
  auto const request = providers::read_chat_request(
      R"({"model":"m","messages":[{"role":"user","content":"x"}],"max_tokens":1000)" + more + "}", {});
  BoundInput in;
  in.input_tokens = 2000;
  in.budgeted = true;
  in.time = WallTime{1'790'000'000'000'000'000};
  return bound_of(target, *request, in);
}

TEST(CostBound, OfPerplexitysAgentHoldsForEachStepAndEachSearch) {
  auto const searches = bound("perplexity", "perplexity/sonar");
  EXPECT_EQ(searches.unbounded, "");
  // 3 searches and the answer are 4 steps. Each reads prompt and output so far; what a search found, 10,000
  // tokens at most, is read by the steps after it: 3 + 2 + 1 times. 0.25 and 2.5 USD a million, 2.5 USD for a
  // thousand searches.
  auto const tokens = 4 * (2000 + 1000) + 6 * 10'000;
  auto const exact = Nano{std::int64_t{tokens} * 250 + 1000 * 2500 + 3 * 2'500'000};
  ASSERT_TRUE(searches.hold);
  EXPECT_GE(*searches.hold, exact);
  EXPECT_LE(searches.hold->v, exact.v + 100);
  auto const silent = bound("perplexity", "perplexity/sonar", R"(,"disable_search":true)");
  EXPECT_LE(silent.hold->v, 2000 * 250 + 1000 * 2500 + 100);
  // A filter asks for searches on any model.
  EXPECT_GT(*bound("perplexity", "openai/gpt-5.5", R"(,"search_domain_filter":["e.org"])").hold,
            *bound("perplexity", "openai/gpt-5.5").hold);
}

TEST(CostBound, OfATierThatIsNotSentIsThatOfTheModel) {
  for (auto const& [dialect, model] : {std::pair{"anthropic", "claude-opus-5-5"},
                                       {"perplexity-sonar", "sonar"},
                                       {"perplexity", "openai/gpt-5.5"}}) {
    auto const dropped = bound(dialect, model, R"(,"service_tier":"priority")");
    ASSERT_TRUE(dropped.hold) << model;
    EXPECT_EQ(*dropped.hold, *bound(dialect, model).hold) << model;
  }
}

TEST(CostBound, OfATierThatIsSentAndHasNoPriceDoesNotExist) {
  for (auto const& [dialect, model] :
       {std::pair{"gemini", "gemini-2.5-flash"}, {"xai", "grok-4.5"}, {"openai", "gpt-4o"}}) {
    EXPECT_FALSE(bound(dialect, model, R"(,"service_tier":"x")").hold) << model;
    EXPECT_TRUE(bound(dialect, model, R"(,"service_tier":"default")").hold) << model;
  }
}

TEST(CostBound, OfDeepResearchDoesNotExist) {
  EXPECT_NE(bound("perplexity-sonar", "sonar-deep-research").unbounded, "");
  EXPECT_FALSE(bound("perplexity-sonar", "sonar-deep-research").hold);
  // By the Agent API too: it took 0.40 USD on a budget of 0.002 there.
  EXPECT_NE(bound("perplexity", "sonar-deep-research").unbounded, "");
  EXPECT_FALSE(bound("perplexity", "sonar-deep-research").hold);
  EXPECT_TRUE(bound("perplexity-sonar", "sonar-pro").hold) << "one search, paid by the request";
}

std::int64_t dollars(std::string_view text) {
  return parse_usd(text)->v;
}

// Held for between `exact` and a few nano-dollars more, which are kept for rounding.
void expect_held(TargetBound const& b, std::int64_t exact) {
  EXPECT_EQ(b.unbounded, "");
  ASSERT_TRUE(b.hold);
  EXPECT_GE(b.hold->v, exact);
  EXPECT_LE(b.hold->v, exact + 100);
}

TEST(CostBound, OfASearchModelIsOneContextAndTheDearestRequestFee) {
  // 128,000 tokens at 2.5, 1,000 at 10 USD a million; 50 USD for a thousand requests. Asked or not, it
  // searches.
  auto const exact = 128'000 * 2'500 + 1'000 * 10'000 + dollars("0.05");
  expect_held(bound("openai", "gpt-4o-search-preview"), exact);
  expect_held(
      bound("openai", "gpt-4o-search-preview", R"(,"web_search_options":{"search_context_size":"low"})"),
      exact);
}

TEST(CostBound, OfOpenAisSearchIsLimitedByTheClientsMaxToolCalls) {
  auto const* model = models().find("openai", "gpt-4.1");
  ASSERT_TRUE(model && model->context_window && model->capabilities.web_search);
  for (std::string const ask : {R"(,"web_search_options":{})", R"(,"tools":[{"type":"web_search"}])"}) {
    auto const open = bound("openai", "gpt-4.1", ask);
    EXPECT_FALSE(open.hold) << ask;
    EXPECT_NE(open.unbounded.find("'max_tool_calls'"), std::string_view::npos);
    auto const limited = bound("openai", "gpt-4.1", ask + R"(,"max_tool_calls":2)");
    EXPECT_EQ(limited.unbounded, "");
    ASSERT_TRUE(limited.hold);
    EXPECT_EQ(limited.input_tokens, 3 * *model->context_window);
    EXPECT_EQ(limited.searches, 2);
    EXPECT_GT(*limited.hold, *bound("openai", "gpt-4.1", ask + R"(,"max_tool_calls":1)").hold);
  }
  for (auto const* no_limit :
       {R"(,"max_tool_calls":null)", R"(,"max_tool_calls":"2")", R"(,"max_tool_calls":1.5)"})
    EXPECT_FALSE(bound("openai", "gpt-4.1", R"(,"web_search_options":{})" + std::string{no_limit}).hold);
  EXPECT_FALSE(
      bound("openai", "gpt-4.1", R"(,"tools":[{"type":"code_interpreter"}],"max_tool_calls":1)").hold)
      << "sold by the session";
}

TEST(CostBound, OfAnthropicsSearchIsLimitedByMaxUses) {
  auto const tool = [](std::string const& more) {
    return R"(,"tools":[{"type":"web_search_20250305","name":"web_search")" + more + "}]";
  };
  std::string_view const opus = "claude-opus-5-5";
  auto const window = models().find("anthropic", opus)->context_window.value();
  auto const open = bound("anthropic", opus, tool(""));
  EXPECT_FALSE(open.hold);
  EXPECT_NE(open.unbounded.find("'max_uses'"), std::string_view::npos);
  auto const limited = bound("anthropic", opus, tool(R"(,"max_uses":2)"));
  ASSERT_TRUE(limited.hold);
  EXPECT_EQ(limited.input_tokens, 3 * window);
  EXPECT_EQ(limited.searches, 2);
  EXPECT_FALSE(bound("anthropic", opus, R"(,"tools":[{"type":"web_fetch_20250910","max_uses":1}])").hold)
      << "a page may be of any size";
  EXPECT_FALSE(bound("anthropic", opus, tool(R"(,"max_uses":1000000000000)")).hold)
      << "more than money can be";
}

TEST(CostBound, OfGeminisGroundingExistsWhereItIsPaidByThePrompt) {
  auto const b = bound("gemini", "gemini-2.5-flash", R"(,"web_search_options":{},"n":2)");
  EXPECT_EQ(b.searches, 2);
  EXPECT_EQ(b.input_tokens, 2 * models().find("gemini", "gemini-2.5-flash")->context_window.value());
  EXPECT_TRUE(b.hold);
  auto const newer = bound("gemini", "gemini-3.8-flash", R"(,"web_search_options":{})");
  EXPECT_FALSE(newer.hold);
  EXPECT_NE(newer.unbounded.find("generation 2"), std::string_view::npos);
}

TEST(CostBound, WhatNobodyLimitsHasNoBoundAndSaysTheWayOut) {
  EXPECT_NE(bound("xai", "grok-4.3", R"(,"web_search_options":{})").unbounded, "");
  EXPECT_NE(bound("perplexity", "perplexity/sonar", R"(,"tools":[{"type":"web_search"}])").unbounded, "")
      << "the client's own tool has no limits of ours";
  EXPECT_EQ(bound("perplexity", "perplexity/sonar", R"(,"web_search_options":{})").unbounded, "");
}

}  // namespace
}  // namespace tsg::pipeline::test
