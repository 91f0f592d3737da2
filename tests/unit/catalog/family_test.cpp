#include <gtest/gtest.h>

#include "tsg/catalog/catalog.hpp"

namespace tsg::catalog {
namespace {

std::string family(std::string_view provider, std::string_view id) {
  static auto const loaded = Catalog::load(Catalog::built_in());
  auto const* model = loaded.catalog->family(provider, id);
  return model ? model->id : "";
}

TEST(FamilyTest, ANewMemberBehavesLikeTheNewestOfItsFamily) {
  EXPECT_EQ(family("anthropic", "claude-opus-9"), "claude-opus-5-5");
  EXPECT_EQ(family("anthropic", "claude-haiku-7-20270101"), "claude-haiku-5-5");
  EXPECT_EQ(family("gemini", "gemini-5-flash"), "gemini-3.8-flash");
  EXPECT_EQ(family("gemini", "gemini-5-flash-lite"), "gemini-3.5-flash-lite");
}

TEST(FamilyTest, ANameNobodyKnowsHasTheRulesOfTheProvidersNewestModel) {
  auto const found = family("anthropic", "something-else");
  EXPECT_FALSE(found.empty());
  EXPECT_EQ(family("nobody", "claude-opus-9"), "");
}

}  // namespace
}  // namespace tsg::catalog
