#include "world_fixture.hpp"

namespace tsg::governance {
namespace {

std::vector<std::string> sources(Levels const& levels) {
  std::vector<std::string> out;
  levels.each_policy([&](AttachedPolicy const& p) { out.push_back(p.source); });
  return out;
}

TEST(World, AKeyGetsEveryLevelFromTheWidestToTheNarrowest) {
  SmallWorld w;
  w.policy(kKey, "{}", 5);
  w.policy(kTeamProd, "{}", 4);
  w.policy(kTeam, "{}", 3);
  w.policy(kOrgProd, "{}", 2);
  w.policy(kOrg, "{}", 1);
  w.policy(Scope{Level::team, "acme.core", "dev"}, "{}", 9);
  EXPECT_EQ(
      sources(w.levels()),
      (std::vector<std::string>{"policy org/acme v1", "policy org/acme/prod v2", "policy team/acme.core v3",
                                "policy team/acme.core/prod v4", "policy key/key_1 v5"}));
  w.key.environment = "staging";  // nothing of its own: what holds for all
  EXPECT_EQ(sources(w.levels()), (std::vector<std::string>{"policy org/acme v1", "policy team/acme.core v3",
                                                           "policy key/key_1 v5"}));
}

TEST(World, ADisabledOrDeletedParentStopsEverythingBelow) {
  SmallWorld w;
  EXPECT_TRUE(w.builder.build()->levels(w.key));
  w.builder.put_team("acme.core", false, WallTime{20});
  EXPECT_FALSE(w.builder.build()->levels(w.key));
  w.builder.put_team("acme.core", true, WallTime{20});
  w.builder.put_org("acme", false, WallTime{10});
  EXPECT_FALSE(w.builder.build()->levels(w.key));
  w.key.org = "nobody";
  EXPECT_FALSE(w.builder.build()->levels(w.key));
}

TEST(World, AParentThatIsYoungerThanTheKeyIsNotItsParent) {
  SmallWorld w;
  w.builder.put_team("acme.core", true, WallTime{31});
  EXPECT_FALSE(w.builder.build()->levels(w.key));
}

TEST(World, ASnapshotDoesNotChangeUnderARequest) {
  SmallWorld w;
  w.policy(kOrg, R"({"images":false})");
  auto const levels = w.levels();
  auto const held = w.world;
  w.builder.put_policy(kOrg, 2, "", nullptr);
  EXPECT_TRUE(sources(w.builder.build()->levels(w.key).value()).empty());
  EXPECT_EQ(sources(levels).size(), 1u);
}

TEST(World, ThePolicyVersionNamesEveryTextThatDecided) {
  SmallWorld w;
  w.policy(kOrg, "{}", 3);
  w.policy(kKey, "{}", 1);
  // SHA-256 of "{}" begins with 44136fa355b3678a.
  EXPECT_EQ(w.levels().policy_version(), "org/acme@3:44136fa355b3678a,key/key_1@1:44136fa355b3678a");
}

TEST(World, BudgetsComeWidestFirstAndTheKeysLast) {
  SmallWorld w;
  auto const budget = parse_budget(R"({"monthly_usd":"100.00","alerts_percent":[50,80]})");
  ASSERT_TRUE(budget);
  w.builder.put_budget(kKey, 1, "", &*budget);
  w.builder.put_budget(kTeamProd, 1, "", &*budget);
  std::vector<std::string> all;
  w.levels().each_budget([&](AttachedBudget const& b) { all.push_back(b.at.text()); });
  EXPECT_EQ(all, (std::vector<std::string>{"team/acme.core/prod", "key/key_1"}));
}

TEST(World, ScopesAreWrittenAndReadTheSame) {
  for (auto const* text :
       {"org/acme", "org/acme/prod", "team/acme.core", "team/acme.core/prod", "key/key_1"}) {
    auto const scope = parse_scope(text);
    ASSERT_TRUE(scope) << text;
    EXPECT_EQ(scope->text(), text);
  }
  for (auto const* text : {"", "org", "org/", "robot/x", "key/key_1/prod", "org/acme/"})
    EXPECT_FALSE(parse_scope(text)) << text;
}

}  // namespace
}  // namespace tsg::governance
