#include "tsg/governance/decide.hpp"

#include "world_fixture.hpp"

namespace tsg::governance {
namespace {

std::string refusal(SmallWorld& w, Facts const& f) {
  auto const levels = w.levels();
  if (auto const access = check_access(levels, f); !access) return access.error().peek()->rule;
  auto const r = check_request(levels, f);
  return r ? "" : r.error().peek()->rule;
}

TEST(Policy, MaxTokensAreLoweredIntoABudgetOnlyIfNobodySaysRefuse) {
  auto const lowered_by = [](char const* org, char const* team) {
    SmallWorld w;
    if (org) w.policy(kOrg, org, 2);
    if (team) w.policy(kTeam, team, 5);
    auto const allowed = check_request(w.levels(), Facts{});
    return allowed ? allowed->lower_over_budget : "refused";
  };
  char const *lower = R"({"over_budget":"lower_max_tokens"})", *refuse = R"({"over_budget":"refuse"})";
  EXPECT_EQ(lowered_by(nullptr, nullptr), "");
  EXPECT_EQ(lowered_by(lower, nullptr), "policy org/acme v2");
  EXPECT_EQ(lowered_by(lower, "{}"), "policy org/acme v2") << "what is not mentioned is not restricted";
  EXPECT_EQ(lowered_by(lower, lower), "policy team/acme.core v5");
  EXPECT_EQ(lowered_by(lower, refuse), "");
  EXPECT_EQ(lowered_by(refuse, lower), "");
  EXPECT_FALSE(parse_policy(R"({"over_budget":"spend"})"));
}

TEST(Policy, EveryRuleOfARequestRefusesByName) {
  Facts plain;
  plain.environment = "prod";
  plain.now = *parse_rfc3339("2026-11-24T12:00:00Z");
  plain.client = boost::asio::ip::make_address("192.0.2.1");
  struct Case {
    char const *policy, *rule;
    void (*use)(Facts&);
  };
  Case const cases[] = {
      {R"({"environments":["dev"]})", "environments", [](Facts&) {}},
      {R"({"time":{"windows":[{"from":"13:00"}]}})", "time", [](Facts&) {}},
      {R"({"networks":["10.0.0.0/8"]})", "networks", [](Facts&) {}},
      {R"({"tools":false})", "tools", [](Facts& f) { f.tools = true; }},
      {R"({"server_tools":false})", "server_tools", [](Facts& f) { f.server_tools = true; }},
      {R"({"images":false})", "images", [](Facts& f) { f.images = true; }},
      {R"({"audio":false})", "audio", [](Facts& f) { f.audio = true; }},
      {R"({"files":false})", "files", [](Facts& f) { f.files = true; }},
      {R"({"max_input_bytes":10})", "max_input_bytes", [](Facts& f) { f.input_bytes = 11; }},
      {R"({"require_user":true})", "require_user", [](Facts&) {}},
      {R"({"max_tokens":{"limit":10}})", "max_tokens", [](Facts& f) { f.max_tokens = 11; }},
  };
  for (auto const& c : cases) {
    SmallWorld w;
    w.policy(kTeam, c.policy, 3);
    Facts f = plain;
    c.use(f);
    EXPECT_EQ(refusal(w, f), std::string{"policy team/acme.core v3 "} + c.rule);
    SmallWorld free;
    EXPECT_EQ(refusal(free, f), "") << c.rule;
  }
}

TEST(Policy, MaxTokensAreClampedToTheLowestOfAllLevels) {
  SmallWorld w;
  w.policy(kOrg, R"({"max_tokens":{"limit":500,"action":"clamp"}})");
  w.policy(kKey, R"({"max_tokens":{"limit":100,"action":"clamp"}})");
  Facts f;
  f.max_tokens = 1000;
  auto const levels = w.levels();
  EXPECT_EQ(check_request(levels, f)->max_tokens, 100);
  f.max_tokens = 50;
  EXPECT_FALSE(check_request(levels, f)->max_tokens);
  f.max_tokens.reset();
  EXPECT_EQ(check_request(levels, f)->max_tokens, 100) << "who names none gets the limit";
  f.generates = false;
  EXPECT_FALSE(check_request(levels, f)->max_tokens);
}

Candidate candidate(std::string_view provider, std::string_view model) {
  Candidate c;
  c.provider = provider;
  c.model = c.catalogue_model = model;
  c.default_instance = true;
  return c;
}

TEST(Policy, TargetsMustBeAllowedByEveryLevelAndDeniedByNone) {
  SmallWorld w;
  w.policy(kOrg, R"({"models":{"allow":["gpt-4o*","anthropic/*"],"deny":["*-preview"]}})");
  w.policy(kTeam, R"({"providers":{"allow":["openai"]}})");
  auto const levels = w.levels();
  auto const rule = [&](Candidate const& c) {
    auto const r = check_target(levels, c);
    return r ? r->peek()->rule : std::string{};
  };
  EXPECT_EQ(rule(candidate("openai", "gpt-4o-mini")), "");
  EXPECT_EQ(rule(candidate("openai", "gpt-5")), "policy org/acme v1 models.allow");
  EXPECT_EQ(rule(candidate("openai", "gpt-4o-preview")), "policy org/acme v1 models.deny");
  EXPECT_EQ(rule(candidate("anthropic", "claude-x")), "policy team/acme.core v1 providers.allow");
}

// `eu`: one more instance of a provider's, not marked `default: true`.
TEST(Policy, ADenialHoldsOnEveryInstanceAnAllowanceOnTheDefaultOnesOnly) {
  auto const rule = [](char const* policy, Candidate c) {
    SmallWorld w;
    w.policy(kOrg, policy);
    c.default_instance = c.provider != "eu";
    auto const r = check_target(w.levels(), c);
    return r ? r->peek()->rule : std::string{};
  };
  std::string const denied = "policy org/acme v1 models.deny";
  EXPECT_EQ(rule(R"({"models":{"deny":["*"]}})", candidate("eu", "gpt-4o")), denied);
  EXPECT_EQ(rule(R"({"models":{"deny":["*-preview"]}})", candidate("eu", "gpt-4o-search-preview")), denied);
  EXPECT_EQ(rule(R"({"models":{"deny":["eu/*"]}})", candidate("eu", "gpt-4o")), denied);
  EXPECT_EQ(rule(R"({"models":{"deny":["eu/*"]}})", candidate("openai", "gpt-4o")), "");
  auto dated = candidate("eu", "gpt-4o-2024-08-06");
  dated.catalogue_model = "gpt-4o";
  EXPECT_EQ(rule(R"({"models":{"deny":["gpt-4o"]}})", dated), denied) << "by the catalogue's name too";
  EXPECT_EQ(rule(R"({"models":{"allow":["*"]}})", candidate("eu", "gpt-4o")),
            "policy org/acme v1 models.allow");
  EXPECT_EQ(rule(R"({"providers":{"deny":["*"]}})", candidate("eu", "gpt-4o")),
            "policy org/acme v1 providers.deny");
}

TEST(Policy, AModelThatSearchesByItselfUsesAServerTool) {
  SmallWorld w;
  w.policy(kOrg, R"({"server_tools":false})");
  auto c = candidate("perplexity", "perplexity/sonar");
  auto const levels = w.levels();
  EXPECT_FALSE(check_target(levels, c));
  c.searches = true;
  auto const refused = check_target(levels, c);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->peek()->rule, "policy org/acme v1 server_tools");
}

TEST(Policy, ProvidersMustCarryEveryTag) {
  SmallWorld w;
  w.policy(kOrg, R"({"provider_tags":["eu","no-training"]})");
  auto const levels = w.levels();
  auto c = candidate("openai", "gpt-4o");
  std::vector<std::string> const one{"eu"}, both{"no-training", "eu"};
  c.tags = one;
  EXPECT_TRUE(check_target(levels, c));
  c.tags = both;
  EXPECT_FALSE(check_target(levels, c));
}

TEST(Policy, AnEmptyAllowListAllowsNothing) {
  SmallWorld w;
  w.policy(kOrg, R"({"models":{"allow":[]}})");
  EXPECT_TRUE(check_target(w.levels(), candidate("openai", "gpt-4o")));
}

}  // namespace
}  // namespace tsg::governance
