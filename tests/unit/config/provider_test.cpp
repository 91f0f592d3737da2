#include <gtest/gtest.h>

#include "tsg/config/config.hpp"

namespace tsg::config {
namespace {

Loaded load_providers(std::string_view yaml) {
  return load_text(yaml, "/etc/tsg");
}

TEST(Provider, the_five_names_and_the_legacy_one_need_nothing_else) {
  auto const loaded = load_providers(
      "providers: {openai: , anthropic: {}, gemini: {}, xai: {}, perplexity: {}, perplexity-sonar: {}}\n");
  ASSERT_TRUE(loaded.config);
  ASSERT_EQ(loaded.config->providers.size(), 6u);
  for (auto const& provider : loaded.config->providers) {
    EXPECT_EQ(provider.id, provider.dialect->name);
    auto const& url = provider.base_url;
    EXPECT_EQ("https://" + url.authority() + url.path, provider.dialect->base_url);
  }
  EXPECT_EQ(loaded.config->provider("xai")->dialect, providers::dialect("xai"));
  EXPECT_EQ(loaded.config->provider("nobody"), nullptr);
}

TEST(Provider, every_key_is_read) {
  auto const loaded = load_providers(
      "providers:\n"
      "  mine: {dialect: openai, base_url: 'http://127.0.0.1:9000/v1', api: responses, forward_trace: true,\n"
      "         default: true, ca_file: ca.pem, regions: [eu], credentials: [{name: a, key: 'env:A', weight: "
      "3}]}\n");
  ASSERT_TRUE(loaded.config);
  auto const& mine = loaded.config->providers.front();
  EXPECT_EQ(mine.api, TextApi::responses);
  EXPECT_TRUE(mine.forward_trace && mine.default_instance && !mine.insecure);
  EXPECT_EQ(mine.ca_file, "/etc/tsg/ca.pem");
  EXPECT_EQ(mine.regions, std::vector<std::string>{"eu"});
  ASSERT_EQ(mine.credentials.size(), 1u);
  EXPECT_EQ(mine.credentials[0], (Credential{"a", {SecretRef::Kind::env, "A"}, 3, {}}));
}

TEST(Provider, a_health_check_is_off_unless_it_is_written_down) {
  auto const loaded = load_providers(
      "providers: {openai: {}, xai: {health_check: }, gemini: {health_check: {}},\n"
      "  mine: {dialect: openai, health_check: {interval_ms: 500, timeout_ms: 100, path: "
      "'/health?full=1'}}}\n");
  ASSERT_TRUE(loaded.config);
  EXPECT_FALSE(loaded.config->provider("openai")->health_check);
  EXPECT_FALSE(loaded.config->provider("xai")->health_check);
  EXPECT_EQ(loaded.config->provider("gemini")->health_check, HealthCheck{});
  auto const& mine = *loaded.config->provider("mine")->health_check;
  EXPECT_EQ(mine.interval.count(), 500);
  EXPECT_EQ(mine.timeout.count(), 100);
  EXPECT_EQ(mine.path, "/health?full=1");
}

TEST(Provider, plain_http_leaves_the_machine_only_when_told_so) {
  EXPECT_FALSE(load_providers("providers: {openai: {base_url: 'http://10.0.0.1/v1'}}\n").config);
  EXPECT_FALSE(load_providers("providers: {openai: {base_url: 'http://localhost.example.com/v1'}}\n").config);
  EXPECT_TRUE(
      load_providers("providers: {openai: {base_url: 'http://10.0.0.1/v1', insecure: true}}\n").config);
  EXPECT_TRUE(load_providers("providers: {openai: {base_url: 'http://localhost:1/v1'}}\n").config);
  EXPECT_TRUE(load_providers("providers: {openai: {base_url: 'https://10.0.0.1/v1'}}\n").config);
}

TEST(Provider, mistakes_are_refused) {
  for (auto const* bad :
       {"providers: {mine: {}}", "providers: {mine: {dialect: opanai}}",
        "providers: {a/b: {dialect: openai}}", "providers: {openai: {}, openai: {}}", "providers: [openai]",
        "providers: {openai: 5}", "providers: {openai: {forward_trace: yes}}",
        "providers: {openai: {base_url: nope}}",
        "providers: {openai: {credentials: [{name: a, key: 'env:A'}, {name: a, key: 'env:B'}]}}",
        "providers: {openai: {credentials: {name: a, key: 'env:A'}}}", "providers: {openai: {api: both}}",
        "providers: {openai: {health_check: true}}", "providers: {openai: {health_check: {interval_ms: 5}}}",
        "providers: {openai: {health_check: {path: health}}}",
        "providers: {openai: {health_check: {path: '/a b'}}}",
        "providers: {openai: {health_check: {every_ms: 500}}}"}) {
    auto const loaded = load_providers(bad);
    EXPECT_FALSE(loaded.config) << bad;
    EXPECT_FALSE(loaded.problems.empty()) << bad;
  }
}

}  // namespace
}  // namespace tsg::config
