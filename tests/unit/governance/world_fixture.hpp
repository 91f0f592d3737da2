// A small world for tests: one organisation, one team, one key.
#pragma once
#include <gtest/gtest.h>

#include "tsg/governance/builder.hpp"

namespace tsg::governance {

struct SmallWorld {
  SmallWorld() {
    builder.put_org("acme", true, WallTime{10});
    builder.put_team("acme.core", true, WallTime{20});
    key.id = "key_1";
    key.org = "acme";
    key.team = "core";
    key.environment = "prod";
    key.created_at = WallTime{30};
  }
  void policy(Scope const& at, std::string const& text, std::int64_t version = 1) {
    auto const parsed = parse_policy(text);
    ASSERT_TRUE(parsed) << parsed.error().message();
    builder.put_policy(at, version, text, &*parsed);
  }
  void limit(Scope const& at, std::string const& text, std::int64_t version = 1) {
    auto const parsed = parse_limit(text);
    ASSERT_TRUE(parsed) << parsed.error().message();
    builder.put_limit(at, version, text, &*parsed);
  }
  Levels levels() {
    world = builder.build();
    auto found = world->levels(key);
    EXPECT_TRUE(found);
    return found.value_or(Levels{});
  }
  Builder builder;
  keys::Key key;
  std::shared_ptr<World const> world;
};

inline Scope const kOrg{Level::org, "acme", ""}, kOrgProd{Level::org, "acme", "prod"},
    kTeam{Level::team, "acme.core", ""}, kTeamProd{Level::team, "acme.core", "prod"},
    kKey{Level::key, "key_1", ""};

}  // namespace tsg::governance
