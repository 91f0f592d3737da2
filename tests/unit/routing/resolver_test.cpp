#include <gtest/gtest.h>

#include "tsg/routing/suggest.hpp"

namespace tsg::routing {
namespace {

class Resolve : public testing::Test {
 protected:
  void SetUp() override {
    auto loaded = catalog::Catalog::load(catalog::Catalog::built_in(),
                                         R"({"local/llama-3": {"prices": {"input": "0", "output": "0"}},
                                             "local/gpt-4o": {"prices": {"input": "0", "output": "0"}}})");
    ASSERT_TRUE(loaded.catalog) << testing::PrintToString(loaded.problems);
    catalog_ = loaded.catalog;
    auto const config = config::load_text(
        "providers:\n"
        "  openai: {}\n  gemini: {}\n  perplexity: {}\n"
        "  azure: {dialect: openai, base_url: 'https://azure.example/v1'}\n"
        "  local: {dialect: openai, base_url: 'http://127.0.0.1:1/v1'}\n"
        "  legacy: {dialect: perplexity-sonar}\n",
        "/");
    ASSERT_TRUE(config.config);
    config_ = *config.config;
  }
  Target target(std::string_view name, bool pinned) {
    auto const plan = resolve(name, *catalog_, config_);
    EXPECT_TRUE(plan) << name << ": " << plan.error().message();
    if (!plan) return {};
    EXPECT_EQ(plan->pinned, pinned) << name;
    EXPECT_EQ(plan->targets.size(), 1u);
    EXPECT_TRUE(plan->route.empty());
    return plan->targets.front();
  }
  Error error(std::string_view name) {
    auto const plan = resolve(name, *catalog_, config_);
    EXPECT_FALSE(plan) << name;
    return plan ? Error{} : plan.error();
  }
  std::shared_ptr<catalog::Catalog const> catalog_;
  config::Config config_;
};

TEST_F(Resolve, an_id_is_served_by_the_instance_named_like_its_provider) {
  auto const t = target("gpt-4o", false);
  EXPECT_EQ(t.name(), "openai/gpt-4o");
  EXPECT_EQ(t.model->provider, "openai") << "an entry for `local` does not take the plain name";
  EXPECT_EQ(target("llama-3", false).name(), "local/llama-3");
}

TEST_F(Resolve, an_alias_is_asked_for_as_written_and_priced_by_its_model) {
  auto const t = target("gpt-4o-2024-08-06", false);
  EXPECT_EQ(t.upstream_model, "gpt-4o-2024-08-06");
  EXPECT_EQ(t.model->id, "gpt-4o");
}

TEST_F(Resolve, a_pinned_instance_is_priced_by_its_own_entry_or_its_dialect) {
  EXPECT_EQ(target("azure/gpt-4o", true).model->provider, "openai");
  EXPECT_EQ(target("local/gpt-4o", true).model->provider, "local");
  EXPECT_EQ(target("azure/gpt-4o", true).provider->id, "azure");
}

TEST_F(Resolve, a_pinned_unknown_model_is_forwarded) {
  auto const t = target("openai/gpt-99/x", true);
  EXPECT_EQ(t.model, nullptr);
  EXPECT_EQ(t.upstream_model, "gpt-99/x");
  EXPECT_EQ(t.name(), "openai/gpt-99/x");
}

TEST_F(Resolve, a_retired_model_is_the_providers_to_refuse) {
  EXPECT_EQ(target("gpt-4", false).model->status, catalog::Status::retired);
  EXPECT_EQ(target("openai/gpt-4", true).model->status, catalog::Status::retired);
}

TEST_F(Resolve, perplexity_names_are_read_in_either_length) {
  for (auto const* name : {"perplexity/sonar", "perplexity/perplexity/sonar"}) {
    auto const t = target(name, true);
    EXPECT_EQ(t.upstream_model, "perplexity/sonar");
    EXPECT_EQ(t.name(), "perplexity/sonar");
    ASSERT_NE(t.model, nullptr);
    EXPECT_EQ(t.model->id, "perplexity/sonar");
  }
  EXPECT_EQ(target("sonar", false).upstream_model, "perplexity/sonar") << "the legacy API has ended";
  EXPECT_EQ(target("legacy/sonar", true).upstream_model, "sonar");
  EXPECT_EQ(target("legacy/sonar", true).model->id, "sonar");
}

TEST_F(Resolve, creator_and_model_go_to_an_instance_of_that_name_first) {
  EXPECT_EQ(target("openai/gpt-6-luna", true).provider->id, "openai");
  auto const t = target("perplexity/openai/gpt-6-luna", true);
  EXPECT_EQ(t.provider->id, "perplexity");
  EXPECT_EQ(t.upstream_model, "openai/gpt-6-luna");
  ASSERT_NE(t.model, nullptr);
  auto const* own = catalog_->find("openai", "gpt-6-luna");
  EXPECT_EQ(t.model->periods.front().standard.input, own->periods.front().standard.input);
  EXPECT_EQ(t.model->fees.at("web_search").per_million, 2'500'000'000'000)
      << "Perplexity's fee, not OpenAI's";
}

TEST_F(Resolve, unknown_names_come_with_neighbours) {
  auto const e = error("gpt-4p");
  EXPECT_EQ(e.code(), Errc::model_not_found);
  EXPECT_EQ(e.peek()->param, "model");
  EXPECT_NE(e.message().find("`gpt-4o`"), std::string_view::npos) << e.message();
  EXPECT_NE(error("anthropik/gpt-4o").message().find("Did you mean `gpt-4o`"), std::string_view::npos);
  EXPECT_EQ(error("zzzzzzzzzzzz").message(), "The model `zzzzzzzzzzzz` does not exist.");
}

TEST_F(Resolve, only_what_is_sold_and_may_be_used_is_suggested) {
  EXPECT_NE(error("GPT-4O").message().find("Did you mean `gpt-4o`"), std::string_view::npos);
  EXPECT_EQ(error("gpt4").message().find("`gpt-4`"), std::string_view::npos) << "retired";
  auto const mini = [](Target const& t) { return t.upstream_model == "gpt-4o-mini"; };
  EXPECT_EQ(did_you_mean("gpt-4o-mani", *catalog_, config_, mini), " Did you mean `gpt-4o-mini`?");
  EXPECT_EQ(did_you_mean("gpt-4o-mani", *catalog_, config_, [](Target const&) { return false; }), "");
}

TEST_F(Resolve, a_model_whose_provider_is_not_configured_does_not_exist) {
  EXPECT_EQ(error("claude-opus-5-5").code(), Errc::model_not_found);
  EXPECT_EQ(error("anthropic/claude-opus-5-5").code(), Errc::model_not_found);
  EXPECT_EQ(error("claude-opus-5-4").message().find("claude-opus-5-5"), std::string_view::npos);
}

TEST_F(Resolve, odd_names_are_refused_in_words) {
  EXPECT_EQ(error("").code(), Errc::bad_request);
  EXPECT_EQ(error("openai/").code(), Errc::model_not_found);
  EXPECT_EQ(error("/gpt-4o").code(), Errc::model_not_found);
  EXPECT_EQ(error("a\nb").message(), "The model `a?b` does not exist.");
  EXPECT_LT(error(std::string(1'000'000, 'g')).message().size(), 200u);
}

TEST_F(Resolve, default_instances_are_the_five_and_those_marked) {
  EXPECT_TRUE(is_default_instance(*config_.provider("openai")));
  EXPECT_FALSE(is_default_instance(*config_.provider("azure")));
  config_.providers[3].default_instance = true;
  EXPECT_TRUE(is_default_instance(*config_.provider("azure")));
  EXPECT_FALSE(is_default_instance(*config_.provider("legacy")));
}

}  // namespace
}  // namespace tsg::routing
