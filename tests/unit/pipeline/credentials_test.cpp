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

// Beta's own "main" once took everybody's "main" away: acme was left without any, and got 502.
TEST(Credentials, OneThatIsStoredForAnOrganisationHidesItsNamesakeFromThatOrganisationOnly) {
  Credentials configured, stored;
  configured["openai"].emplace_back("main", "everybody", 1);
  stored["openai"].emplace_back("main", "betas", 1, "beta");
  EXPECT_EQ(usable(configured, stored, "beta"), "betas");
  EXPECT_EQ(usable(configured, stored, "acme"), "everybody");
}

TEST(Credentials, NamesakesOfTwoOrganisationsShareNoHealth) {
  ProviderCredential const everybodys{"main", "a", 1}, betas{"main", "b", 1, "beta"};
  EXPECT_EQ(everybodys.place, "main");
  EXPECT_EQ(betas.place, "beta/main");
}

}  // namespace
}  // namespace tsg::pipeline
