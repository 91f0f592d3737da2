// Models that search by themselves: a hold must be for what they may find and be billed for, or not be made.
#include "pipeline/cost_bound.hpp"

#include <gtest/gtest.h>

namespace tsg::pipeline::test {
namespace {

catalog::Catalog const& models() {
  static auto const catalog = catalog::Catalog::load(catalog::Catalog::built_in(), "").catalog;
  return *catalog;
}

TargetBound bound(config::Dialect dialect, std::string_view model, std::string const& more = "") {
  config::Provider provider;
  provider.dialect = dialect;
  routing::Target target;
  target.provider = &provider;
  target.model = models().find("perplexity", model);
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
  using enum config::Dialect;
  auto const searches = bound(perplexity, "perplexity/sonar");
  EXPECT_FALSE(searches.unbounded);
  // 3 searches and the answer are 4 steps. Each reads prompt and output so far; what a search found, 10,000
  // tokens at most, is read by the steps after it: 3 + 2 + 1 times. 0.25 and 2.5 USD a million, 2.5 USD for a
  // thousand searches.
  auto const tokens = 4 * (2000 + 1000) + 6 * 10'000;
  auto const exact = Nano{std::int64_t{tokens} * 250 + 1000 * 2500 + 3 * 2'500'000};
  ASSERT_TRUE(searches.hold);
  EXPECT_GE(*searches.hold, exact);
  EXPECT_LE(searches.hold->v, exact.v + 100);
  auto const silent = bound(perplexity, "perplexity/sonar", R"(,"disable_search":true)");
  EXPECT_LE(silent.hold->v, 2000 * 250 + 1000 * 2500 + 100);
  // A filter asks for searches on any model.
  EXPECT_GT(*bound(perplexity, "openai/gpt-5.5", R"(,"search_domain_filter":["e.org"])").hold,
            *bound(perplexity, "openai/gpt-5.5").hold);
}

TEST(CostBound, OfDeepResearchDoesNotExist) {
  using enum config::Dialect;
  EXPECT_TRUE(bound(perplexity_sonar, "sonar-deep-research").unbounded);
  EXPECT_FALSE(bound(perplexity_sonar, "sonar-deep-research").hold);
  EXPECT_TRUE(bound(perplexity_sonar, "sonar-pro").hold) << "one search, paid by the request";
}

}  // namespace
}  // namespace tsg::pipeline::test
