#include "tsg/pipeline/credentials.hpp"

#include <gtest/gtest.h>

namespace tsg::pipeline {
namespace {

RequestId id_of(int n) {
  std::array<std::uint8_t, 16> bytes{};
  bytes[14] = static_cast<std::uint8_t>(n >> 8);
  bytes[15] = static_cast<std::uint8_t>(n);
  return RequestId{bytes};
}
std::string picked(Credentials const& configured, Credentials const& stored, std::string_view org = "acme",
                   int n = 0) {
  auto const* c = pick_credential(configured, stored, "openai", org, id_of(n));
  return c ? c->key : "";
}

TEST(Credentials, AStoredOneReplacesTheConfiguredOneOfItsName) {
  Credentials configured, stored;
  EXPECT_EQ(picked(configured, stored), "");
  configured["openai"].emplace_back("main", "old", 1);
  EXPECT_EQ(picked(configured, stored), "old");
  stored["openai"].emplace_back("main", "new", 1);
  EXPECT_EQ(picked(configured, stored), "new");
}

TEST(Credentials, AnOrganisationWithItsOwnUsesNothingElseAndNobodyElseUsesIt) {
  Credentials configured, stored;
  configured["openai"].emplace_back("main", "everybody", 1);
  stored["openai"].emplace_back("acme", "acmes", 1, "acme");
  for (int n = 0; n < 8; ++n) {
    EXPECT_EQ(picked(configured, stored, "acme", n), "acmes");
    EXPECT_EQ(picked(configured, stored, "beta", n), "everybody");
  }
}

TEST(Credentials, WeightsShareTheRequests) {
  Credentials configured;
  configured["openai"].emplace_back("a", "a", 3);
  configured["openai"].emplace_back("b", "b", 1);
  int a = 0;
  for (int n = 0; n < 400; ++n) a += picked(configured, {}, "acme", n) == "a";
  EXPECT_EQ(a, 300);
}

}  // namespace
}  // namespace tsg::pipeline
