// A new dialect is a folder and one line. Here the folder is this file, and the line is add_dialect():
// nothing else has to know it from the configuration to the decoded answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tsg/providers/adapter.hpp"
#include "tsg/routing/resolver.hpp"

namespace tsg::routing {
namespace {

// Says what it is asked in capitals: {"SHOUT":"gpt"} there, {"ECHO":"…"} back.
class Shouting final : public providers::ProviderAdapter {
 public:
  Result<providers::UpstreamRequest> encode(providers::ChatRequest const& request,
                                            providers::EncodeContext const& context) const override {
    if (request.operation != providers::Operation::chat) return Error{Errc::unsupported_parameter};
    providers::UpstreamRequest out;
    out.wire = providers::Wire::native;
    out.path = "/shout";
    out.body = R"({"SHOUT":")" + context.upstream_model + R"("})";
    return out;
  }
  void authorize(http::Headers& headers, std::string_view key) const override {
    headers.set("x-megaphone", key);
  }
  Result<providers::Answer> decode(std::string_view body, providers::DecodeContext const&) const override {
    if (!body.starts_with(R"({"ECHO":)")) return Error{Errc::provider_rejected};
    providers::Answer out;
    out.choices.emplace_back().items.emplace_back(conversation::Event::Item::text,
                                                  std::string{body.substr(9, body.size() - 11)});
    return out;
  }
  catalog::Usage told_usage(std::string_view, providers::DecodeContext const&) const override { return {}; }
  std::unique_ptr<providers::StreamDecoder> stream_decoder(providers::DecodeContext const&) const override {
    return nullptr;
  }
  Error decode_error(int, std::string_view,
                     std::function<std::string_view(std::string_view)> const&) const override {
    return Error{Errc::provider_rejected};
  }
  providers::Searches searches(providers::ChatRequest const&,
                               providers::EncodeContext const&) const override {
    return {};
  }
  providers::UpstreamRequest health_check() const override { return {}; }
  std::vector<providers::Api> apis() const override { return {{providers::Wire::chat, nullptr}}; }
  providers::Treatments const* treatments(providers::ChatRequest const&,
                                          providers::EncodeContext const&) const override {
    return nullptr;
  }
};

providers::ProviderAdapter const& shouting() {
  static Shouting const adapter;
  return adapter;
}

class NewDialect : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    static constexpr std::array rates{providers::RateHeaders{"X-LOUDEST", "X-LOUDER"}};
    providers::add_dialect({.name = "shouting",
                            .seller = "crier",
                            .base_url = "https://crier.example/v1",
                            .model_prefix = "loud/",
                            .rate_headers = rates,
                            .packs_embeddings = false,
                            .adapter = &shouting});
  }
  static config::Loaded load(std::string const& provider) {
    return config::load_text("providers:\n  " + provider + "\n", "/");
  }
};

TEST_F(NewDialect, the_configuration_takes_it_and_knows_its_home) {
  auto const named = load("shouting: {}").config;
  ASSERT_TRUE(named);
  EXPECT_EQ(named->providers[0].dialect->name, "shouting");
  EXPECT_EQ(named->providers[0].base_url.authority(), "crier.example");
  EXPECT_TRUE(named->providers[0].own_host());
  auto const other = load("mine: {dialect: shouting, base_url: 'https://mine.example'}").config;
  ASSERT_TRUE(other);
  EXPECT_FALSE(other->providers[0].own_host());
  auto const wrong = load("mine: {dialect: whispering}").problems;
  ASSERT_EQ(wrong.size(), 1u);
  EXPECT_THAT(wrong[0].message, testing::HasSubstr(", shouting, got \"whispering\"")) << "the list names it";
}

TEST_F(NewDialect, a_request_finds_its_model_its_words_and_its_answer) {
  auto const loaded = catalog::Catalog::load(
      catalog::Catalog::built_in(), R"({"crier/loud/bell": {"prices": {"input": "1", "output": "2"}}})");
  ASSERT_TRUE(loaded.catalog) << testing::PrintToString(loaded.problems);
  auto const config = load("crier: {dialect: shouting}").config;
  ASSERT_TRUE(config);
  auto const plan = resolve("crier/bell", *loaded.catalog, *config);
  ASSERT_TRUE(plan) << plan.error().message();
  auto const& target = plan->targets.front();
  EXPECT_EQ(target.upstream_model, "loud/bell") << "the prefix may be left out";
  ASSERT_NE(target.model, nullptr);
  EXPECT_EQ(target.model->provider, "crier");
  EXPECT_TRUE(is_default_instance(*target.provider)) << "it is called like the seller";
  EXPECT_EQ(resolve("loud/bell", *loaded.catalog, *config)->targets.front().provider->id, "crier");

  auto const& adapter = target.provider->dialect->adapter();
  EXPECT_EQ(providers::adapter_for("shouting"), &adapter);
  auto const request =
      providers::read_chat_request(R"({"model":"m","messages":[{"role":"user","content":"x"}]})", {});
  ASSERT_TRUE(request);
  providers::EncodeContext context;
  context.upstream_model = target.upstream_model;
  auto const sent = adapter.encode(*request, context);
  ASSERT_TRUE(sent);
  EXPECT_EQ(sent->body, R"({"SHOUT":"loud/bell"})");
  auto const answer = adapter.decode(R"({"ECHO":"BONG"})", {});
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->choices.at(0).items.at(0).text, "BONG");
  EXPECT_FALSE(adapter.searches_unasked(nullptr, target.model));
}

}  // namespace
}  // namespace tsg::routing
