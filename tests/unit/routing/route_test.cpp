// The document of a route: what it may say, and what is said back when it may not.
#include <gtest/gtest.h>

#include "tsg/routing/resolver.hpp"
#include "tsg/routing/route.hpp"

namespace tsg::routing {
namespace {

constexpr auto whole = R"({
  "description": "for chat", "strategy": "weighted", "sticky": "conversation", "attempts_max": 4,
  "regions": ["eu"], "hold_back": {"tokens": 20, "ms": 300},
  "targets": ["openai/gpt-4o",
              {"target": "perplexity/openai/gpt-6-luna", "weight": 3,
               "when": {"stream": true, "tools": false, "input_tokens_max": 100000, "orgs": ["acme"]}}]})";

std::vector<std::string> problems(std::string_view json, std::string_view name = "smart") {
  auto parsed = parse_route(name, json);
  EXPECT_EQ(parsed.route.has_value(), parsed.problems.empty());
  return parsed.problems;
}

TEST(Route, reads_every_member) {
  auto const parsed = parse_route("smart", whole);
  ASSERT_TRUE(parsed.route) << testing::PrintToString(parsed.problems);
  auto const& r = *parsed.route;
  EXPECT_EQ(r.strategy, Strategy::weighted);
  EXPECT_EQ(r.sticky, Sticky::conversation);
  EXPECT_EQ(r.attempts_max, 4);
  EXPECT_EQ(r.regions, std::vector<std::string>{"eu"});
  EXPECT_EQ(r.hold_back.tokens, 20);
  EXPECT_EQ(r.hold_back.time.count(), 300);
  ASSERT_EQ(r.targets.size(), 2u);
  EXPECT_EQ(r.targets[1].provider, "perplexity");
  EXPECT_EQ(r.targets[1].model, "openai/gpt-6-luna") << "only the first slash separates";
  EXPECT_EQ(r.targets[1].weight, 3);
  EXPECT_EQ(r.targets[1].when.stream, true);
  EXPECT_EQ(r.version.size(), 16u);
}

TEST(Route, the_version_changes_with_the_document_and_the_name) {
  auto const one = parse_route("a", R"({"targets":["x/y"]})").route->version;
  EXPECT_EQ(one, version_of("a", R"({"targets":["x/y"]})")) << "told of a stored version too";
  EXPECT_EQ(one, parse_route("a", R"({ "targets" : [ "x/y" ] })").route->version) << "blanks mean nothing";
  EXPECT_NE(one, parse_route("b", R"({"targets":["x/y"]})").route->version);
  EXPECT_NE(one, parse_route("a", R"({"targets":["x/z"]})").route->version);
}

TEST(Route, names_every_problem_with_its_place) {
  auto const found = problems(R"({"strategi": "priority", "sticky": "cookie", "attempts_max": 0,
      "targets": ["gpt-4o", {"weight": 0}, "a/b", {"target": "a/b"}, {"target": "c/d", "when": {"tool": true}}]})");
  EXPECT_EQ(found, (std::vector<std::string>{
                       "strategi: unknown member, did you mean `strategy`?",
                       "sticky: expected one of none, conversation, user",
                       "attempts_max: expected an integer from 1 to 10",
                       "targets[0]: expected provider/model, like openai/gpt-4o",
                       "targets[1].target: is missing: provider/model",
                       "targets[1].weight: expected an integer from 1 to 1000000",
                       "targets[3]: is listed twice",
                       "targets[4].when.tool: unknown member, did you mean `tools`?",
                   }));
}

TEST(Route, names_that_cannot_exist_and_conditions_that_cannot_hold_are_problems) {
  auto const found = problems(R"({"targets": ["a/b\u0007c", {"target": "c/d", "when":
      {"teams": ["x", "acme.core"], "orgs": ["Acme"], "environments": ["X Y"],
       "input_tokens_min": 10, "input_tokens_max": 5}}]})");
  EXPECT_EQ(found,
            (std::vector<std::string>{
                "targets[0]: has control characters: `a/b?c`",
                "targets[1].when.input_tokens_max: is below `input_tokens_min`: no request could have both",
                "targets[1].when.environments: `X Y` cannot exist: expected [a-z0-9-]{1,63}",
                "targets[1].when.orgs: `Acme` cannot exist: expected [a-z0-9-]{1,63}",
                "targets[1].when.teams: `x` cannot exist: expected organisation.team, like acme.core",
            }));
}

TEST(Route, refuses_what_is_not_one_object_with_targets) {
  for (auto const* text :
       {"", "[]", "{", "{}", R"({"targets":[]})", R"({"targets":["a/b"],"targets":["a/b"]})",
        R"({"targets":"a/b"})", R"({"targets":["/b"]})", R"({"targets":["a/"]})"})
    EXPECT_FALSE(problems(text).empty()) << text;
  for (auto const* name : {"", "a/b", "a b", "ä"})
    EXPECT_FALSE(problems(R"({"targets":["a/b"]})", name).empty()) << name;
}

class Table : public testing::Test {
 protected:
  Table() {
    catalog_ = catalog::Catalog::load(catalog::Catalog::built_in()).catalog;
    config_ = *config::load_text("providers:\n  openai: {regions: [eu]}\n  anthropic: {}\n", "/").config;
  }
  RouteTable table(std::string_view json) {
    auto parsed = parse_routes(json);
    EXPECT_TRUE(parsed.problems.empty()) << testing::PrintToString(parsed.problems);
    return RouteTable{parsed.routes, *catalog_, config_};
  }
  std::shared_ptr<catalog::Catalog const> catalog_;
  config::Config config_;
};

TEST_F(Table, a_route_resolves_to_its_targets_in_their_order) {
  auto const routes =
      table(R"({"smart":{"targets":["anthropic/claude-sonnet-5",{"target":"openai/gpt-4o","weight":2}]}})");
  auto const plan = resolve("smart", *catalog_, config_, &routes);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->route, "smart");
  EXPECT_FALSE(plan->pinned);
  ASSERT_EQ(plan->targets.size(), 2u);
  EXPECT_EQ(plan->targets[0].name(), "anthropic/claude-sonnet-5");
  EXPECT_EQ(plan->targets[1].model->id, "gpt-4o");
  EXPECT_EQ(plan->targets[1].spec->weight, 2);
}

TEST_F(Table, a_pinned_model_passes_routes_by) {
  auto const routes = table(R"({"gpt-9":{"targets":["openai/gpt-4o"]}})");
  EXPECT_TRUE(resolve("openai/gpt-9", *catalog_, config_, &routes)->route.empty());
  EXPECT_EQ(resolve("gpt-9", *catalog_, config_, &routes)->route, "gpt-9");
}

TEST_F(Table, a_target_without_its_provider_is_left_out) {
  auto const routes = table(R"({"a":{"targets":["gone/x","openai/gpt-4o"]},"b":{"targets":["gone/x"]}})");
  EXPECT_EQ(resolve("a", *catalog_, config_, &routes)->targets.size(), 1u);
  EXPECT_EQ(resolve("b", *catalog_, config_, &routes).error().code(), Errc::model_not_found);
}

TEST_F(Table, says_what_does_not_fit_the_configuration) {
  auto const route = *parse_route("gpt-4o", R"({"regions":["eu"],
      "targets":["openai/gpt-4o","anthropc/x","anthropic/claude-sonnet-5"]})")
                          .route;
  EXPECT_EQ(misfits(route, *catalog_, config_),
            (std::vector<std::string>{
                "`gpt-4o` is the name of a model: a route would hide it",
                "targets[1]: provider `anthropc` is not configured, did you mean `anthropic`?",
                "targets[2]: provider `anthropic` does not carry the region `eu`"}));
}

TEST(RouteAllowed, needs_a_pattern_without_a_slash) {
  using Allowed = std::vector<std::string>;
  EXPECT_TRUE(route_allowed(Allowed{"smart"}, "smart"));
  EXPECT_TRUE(route_allowed(Allowed{"openai/*", "sm*"}, "smart"));
  EXPECT_FALSE(route_allowed(Allowed{"*/*", "openai/*"}, "smart"));
  EXPECT_FALSE(route_allowed(Allowed{}, "smart"));
}

TEST(Conditions, all_that_are_given_must_hold) {
  auto const when =
      parse_route("r", R"({"targets":[{"target":"a/b","when":{"stream":true,"input_tokens_min":10,
      "input_tokens_max":20,"environments":["prod"],"teams":["acme.core"]}}]})")
          .route->targets[0]
          .when;
  Facts facts;
  facts.stream = true;
  facts.input_tokens = 20;
  facts.environment = "prod";
  facts.org = "acme";
  facts.team = "core";
  EXPECT_EQ(unmet(when, facts), "");
  auto other = facts;
  other.stream = false;
  EXPECT_EQ(unmet(when, other), "when.stream");
  other = facts;
  other.input_tokens = 21;
  EXPECT_EQ(unmet(when, other), "when.input_tokens_max");
  other = facts;
  other.environment = "dev";
  EXPECT_EQ(unmet(when, other), "when.environments");
  other = facts;
  other.org = "rival";
  EXPECT_EQ(unmet(when, other), "when.teams");
}

}  // namespace
}  // namespace tsg::routing
