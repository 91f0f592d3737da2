#include "tsg/pipeline/credentials.hpp"

#include <gtest/gtest.h>

namespace tsg::pipeline {
namespace {

std::string usable(Credentials const& configured, Credentials const& stored, std::string_view org = "acme") {
  std::string keys;
  for (auto const* c : usable_credentials(configured, stored, "openai", org))
    keys += (keys.empty() ? "" : " ") + c->key;
  return keys;
}

TEST(Credentials, AStoredOneReplacesTheConfiguredOneOfItsName) {
  Credentials configured, stored;
  EXPECT_EQ(usable(configured, stored), "");
  configured["openai"].emplace_back("main", "old", 1);
  EXPECT_EQ(usable(configured, stored), "old");
  stored["openai"].emplace_back("main", "new", 1);
  EXPECT_EQ(usable(configured, stored), "new");
}

TEST(Credentials, AnOrganisationWithItsOwnUsesNothingElseAndNobodyElseUsesIt) {
  Credentials configured, stored;
  configured["openai"].emplace_back("main", "everybody", 1);
  stored["openai"].emplace_back("acme", "acmes", 1, "acme");
  EXPECT_EQ(usable(configured, stored, "acme"), "acmes");
  EXPECT_EQ(usable(configured, stored, "beta"), "everybody");
}

}  // namespace
}  // namespace tsg::pipeline
