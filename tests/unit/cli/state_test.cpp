#include "cli/validate.hpp"

#include <gtest/gtest.h>

#include "cli/yaml_json.hpp"

namespace tsg::cli {
namespace {

std::string const kState = R"(
organisations:
- id: acme
  policy: {models: {allow: ["gpt-4o*"]}}
  environments:
    prod: {limit: {requests_per_minute: 60}}
  teams:
  - id: core
    name: Core
    budget: {monthly_usd: "100.00"}
    keys:
    - name: web
      environment: prod
      allowed_models: ["gpt-4o*"]
      monthly_budget_usd: "25.00"
      limit: {concurrency: 4}
)";

Items items(std::string const& yaml) {
  auto const json = json_of_yaml(yaml);
  EXPECT_TRUE(json) << json.error().message();
  auto const all = items_of(*json);
  EXPECT_TRUE(all) << all.error().message();
  return *all;
}

std::vector<std::string> described(Items const& wanted, Items const& there, bool prune = false) {
  std::vector<std::string> out;
  auto const steps = plan(wanted, there, prune);
  EXPECT_TRUE(steps) << steps.error().message();
  for (auto const& s : *steps) out.push_back(describe(s));
  return out;
}

TEST(State, NothingIsMadeBeforeItsParentsAndTheirRules) {
  EXPECT_EQ(
      described(items(kState), {}),
      (std::vector<std::string>{"+ org acme", "+ team acme.core", "+ policy org/acme",
                                "+ limit org/acme/prod", "+ budget team/acme.core", "+ key acme.core/web",
                                "+ limit key/acme.core/web", "+ budget key/acme.core/web"}));
}

TEST(State, WhatIsThereNeedsNothing) {
  EXPECT_TRUE(described(items(kState), items(kState), true).empty());
}

TEST(State, WhatIsWrittenReadsBackTheSame) {
  auto const all = items(kState);
  EXPECT_EQ(items(yaml_of_json(state_of(all))), all);
}

TEST(State, AChangeNamesItsMembers) {
  auto wanted = items(kState);
  wanted[{Kind::key, "acme.core/web"}]["expires_at"] = "2027-01-01T00:00:00Z";
  wanted[{Kind::budget, "key/acme.core/web"}]["monthly_usd"] = "30.00";
  EXPECT_EQ(described(wanted, items(kState)),
            (std::vector<std::string>{"~ budget key/acme.core/web: monthly_usd",
                                      "~ key acme.core/web: expires_at"}))
      << "what restricts a key comes before what it may do";
}

TEST(State, AKeysBudgetIsOneThingHoweverItIsWritten) {
  auto const shortly = items(kState);
  auto const at = std::pair{Kind::budget, std::string{"key/acme.core/web"}};
  ASSERT_TRUE(shortly.contains(at));
  std::string in_full = kState;
  in_full.replace(in_full.find("monthly_budget_usd: \"25.00\""), 27, "budget: {monthly_usd: \"25.00\"}");
  EXPECT_EQ(items(in_full), shortly);
  EXPECT_EQ(yaml_of_json(state_of(shortly)).find("monthly_budget_usd"), std::string::npos) << "exported once";
  std::string both = kState;
  both.replace(both.find("monthly_budget_usd"), 0, "budget: {monthly_usd: \"1\"}\n      ");
  EXPECT_NE(items_of(*json_of_yaml(both)).error().message().find("one of them"), std::string_view::npos);
}

TEST(State, OnlyPruneRemovesAndKeysGoBeforeWhatBindsThem) {
  Items wanted;
  wanted[{Kind::org, "acme"}] = {{"name", "acme"}, {"disabled", false}};
  EXPECT_TRUE(described(wanted, items(kState)).empty());
  EXPECT_EQ(described(wanted, items(kState), true),
            (std::vector<std::string>{"- key acme.core/web", "- budget team/acme.core",
                                      "- budget key/acme.core/web", "- limit org/acme/prod",
                                      "- limit key/acme.core/web", "- policy org/acme", "- team acme.core"}));
}

TEST(State, AnOrganisationIsEnabledAfterItsDocumentsAndEachNewKeyIsFollowedByItsOwn) {
  auto there = items(kState);
  there[{Kind::org, "acme"}]["disabled"] = true;
  there.erase({Kind::policy, "org/acme"});
  auto wanted = items(kState);
  for (auto const kind : {Kind::key, Kind::limit, Kind::budget}) {
    auto const scope = kind == Kind::key ? "acme.core/" : "key/acme.core/";
    wanted[{kind, scope + std::string{"app"}}] = wanted[{kind, scope + std::string{"web"}}];
    there.erase({kind, scope + std::string{"web"}});
  }
  EXPECT_EQ(described(wanted, there),
            (std::vector<std::string>{"+ policy org/acme", "~ org acme: disabled", "+ key acme.core/app",
                                      "+ limit key/acme.core/app", "+ budget key/acme.core/app",
                                      "+ key acme.core/web", "+ limit key/acme.core/web",
                                      "+ budget key/acme.core/web"}));
}

TEST(State, AKeyDoesNotMoveToAnotherEnvironment) {
  auto wanted = items(kState);
  wanted[{Kind::key, "acme.core/web"}]["environment"] = "dev";
  auto const steps = plan(wanted, items(kState), false);
  ASSERT_FALSE(steps);
  EXPECT_NE(steps.error().message().find("environment"), std::string_view::npos);
}

TEST(State, AKeyMayBeMeantByItsIdAndThenBeRenamed) {
  auto const by_id = [](std::string const& name) {
    return items("organisations: [{id: acme, teams: [{id: core, keys: [{id: key_1, name: " + name +
                 ", environment: dev, allowed_models: []}]}]}]");
  };
  EXPECT_EQ(items(yaml_of_json(state_of(by_id("web")))), by_id("web"));
  EXPECT_EQ(described(by_id("app"), by_id("web")), (std::vector<std::string>{"~ key acme.core/key_1: name"}));
  auto const steps = plan(by_id("web"), {}, false);
  ASSERT_FALSE(steps) << "the gateway gives ids";
  EXPECT_NE(steps.error().message().find("leave 'id' out"), std::string_view::npos);
}

TEST(State, MistakesNameTheirPlace) {
  auto const error = [](std::string const& yaml) {
    auto const json = json_of_yaml(yaml);
    EXPECT_TRUE(json);
    auto const all = items_of(*json);
    return all ? std::string{} : std::string{all.error().message()};
  };
  EXPECT_NE(error("organizations: []").find("organizations"), std::string::npos);
  EXPECT_NE(
      error("organisations: [{id: a, teams: [{id: b, kyes: []}]}]").find("organisations[0].teams[0].kyes"),
      std::string::npos);
  EXPECT_NE(error("organisations: [{id: a}, {id: a}]").find("twice"), std::string::npos);
  EXPECT_NE(error("organisations: [{name: a}]").find("organisations[0].id is required"), std::string::npos);
  EXPECT_NE(error("organisations: [{id: a, teams: [{id: b, keys: [{name: k, environment: dev}]}]}]")
                .find("allowed_models"),
            std::string::npos);
}

TEST(State, EveryDocumentIsReadAsTheGatewayReadsIt) {
  EXPECT_TRUE(validate(items(kState))) << validate(items(kState)).error().message();
  auto const error = [](std::string const& right, std::string const& wrong) {
    std::string text = kState;
    text.replace(text.find(right), right.size(), wrong);
    auto const valid = validate(items(text));
    return valid ? std::string{} : std::string{valid.error().message()};
  };
  auto const budget = error("\"100.00\"", "5");
  EXPECT_TRUE(budget.starts_with("budget team/acme.core: 'monthly_usd' must be ")) << budget;
  EXPECT_NE(error("concurrency: 4", "concurency: 4").find("limit key/acme.core/web"), std::string::npos);
  EXPECT_NE(error("{models:", "{modles:").find("policy org/acme"), std::string::npos);
  EXPECT_NE(error("id: acme", "id: Acme").find("[a-z0-9-]"), std::string::npos);
  EXPECT_NE(error("environment: prod", "environment: Prod").find("'environment'"), std::string::npos);
  EXPECT_EQ(error("name: web", "name: \"Web / 1.5\""), "") << "a key's name is free";
}

// `name: 2024` once ended the program.
TEST(State, EveryMemberHasItsTypeAndAMistakeIsNamed) {
  auto const error = [](std::string const& yaml) {
    auto const all = items_of(*json_of_yaml(yaml));
    return all ? std::string{} : std::string{all.error().message()};
  };
  auto const in_org = [&](std::string const& member) {
    return error("organisations: [{id: a, " + member + "}]");
  };
  auto const in_team = [&](std::string const& member) {
    return error("organisations: [{id: a, teams: [{id: b, " + member + "}]}]");
  };
  auto const in_key = [&](std::string const& member) {
    return error(
        "organisations: [{id: a, teams: [{id: b, keys: [{name: k, environment: dev, allowed_models: [], " +
        member + "}]}]}]");
  };
  for (std::string const wrong : {"2024", "", "[x]", "{x: y}", "true", "''"}) {
    EXPECT_TRUE(in_org("name: " + wrong).starts_with("organisations[0].name must be a string")) << wrong;
    EXPECT_TRUE(in_team("name: " + wrong).starts_with("organisations[0].teams[0].name must be")) << wrong;
  }
  for (std::string const wrong : {"'yes'", "", "1", "[]", "yes"}) {
    EXPECT_TRUE(in_org("disabled: " + wrong).starts_with("organisations[0].disabled must be true")) << wrong;
    EXPECT_TRUE(in_team("disabled: " + wrong).starts_with("organisations[0].teams[0].disabled")) << wrong;
    EXPECT_TRUE(in_key("disabled: " + wrong).starts_with("organisations[0].teams[0].keys[0].disabled"))
        << wrong;
  }
  for (std::string const wrong : {"tags: [x]", "tags: {a: 1}", "limits: 5", "expires_at: 5", "id: 5",
                                  "monthly_budget_usd: 25", "policy: 1", "budget: []", "terms: x"})
    EXPECT_TRUE(
        in_key(wrong).starts_with("organisations[0].teams[0].keys[0]." + wrong.substr(0, wrong.find(':'))))
        << wrong << ": " << in_key(wrong);
  for (std::string const wrong : {"policy: x", "environments: []", "environments: {prod: 1}", "teams: {}"})
    EXPECT_TRUE(in_org(wrong).starts_with("organisations[0]." + wrong.substr(0, wrong.find(':')))) << wrong;
  EXPECT_NE(error("organisations: [x]").find("organisations[0] must be a mapping"), std::string::npos);
  EXPECT_NE(error("organisations: [{id: 5}]").find("organisations[0].id must be a string"),
            std::string::npos);
  for (auto const* shape : {"[]", "x", "5", "organisations: x"}) EXPECT_NE(error(shape), "") << shape;
}

// A file cut short, or one whose list lost its entries, was a plan to delete everything.
TEST(State, WithPruneNothingIsRemovedForANameWithNothingBehindIt) {
  auto const error = [](std::string const& yaml, bool prune) {
    auto const all = items_of(*json_of_yaml(yaml), prune);
    return all ? std::string{} : std::string{all.error().message()};
  };
  for (auto const* nothing :
       {"organisations:", "{}", "organisations: [{id: a, teams: }]", "organisations: [{id: a, policy: }]",
        "organisations: [{id: a, environments: }]", "organisations: [{id: a, teams: [{id: b, keys: }]}]"}) {
    EXPECT_EQ(error(nothing, false), "") << nothing;
    EXPECT_NE(error(nothing, true).find("--prune"), std::string::npos) << nothing;
  }
  EXPECT_EQ(error("organisations: []", true), "") << "that says it";
  EXPECT_EQ(error(kState, true), "");
}

TEST(Yaml, QuotedScalarsStayTextAndPlainOnesAreWhatTheyLookLike) {
  auto const json = json_of_yaml("{a: 1, b: '1', c: true, d: \"true\", e: null, f: 1.50, g: ~, h: x y}");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->dump(), R"({"a":1,"b":"1","c":true,"d":"true","e":null,"f":1.5,"g":null,"h":"x y"})");
  EXPECT_FALSE(json_of_yaml("{a: 1, a: 2}"));
  EXPECT_FALSE(json_of_yaml("{a: ["));
}

}  // namespace
}  // namespace tsg::cli
