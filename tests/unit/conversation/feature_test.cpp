#include "tsg/conversation/feature.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace tsg::conversation {
namespace {

TEST(Feature, IsFoundByTheNameThatTheSurfaceGivesIt) {
  for (auto const& names : feature_names()) {
    if (!names.chat.empty()) {
      EXPECT_EQ(feature_of(Surface::chat, names.chat), names.feature) << names.chat;
      EXPECT_EQ(name_of(Surface::chat, names.feature), names.chat);
    }
    if (!names.embeddings.empty()) {
      EXPECT_EQ(feature_of(Surface::embeddings, names.embeddings), names.feature) << names.embeddings;
      EXPECT_EQ(name_of(Surface::embeddings, names.feature), names.embeddings);
    }
  }
}

TEST(Feature, HasAMemberOnSomeSurface) {
  for (auto const& n : feature_names())
    EXPECT_FALSE(n.chat.empty() && n.responses.empty() && n.messages.empty() && n.embeddings.empty())
        << static_cast<int>(n.feature);
}

// Two features of one name would be decided on by whichever is found first.
TEST(Feature, SharesItsNameWithNoOtherOfTheSurface) {
  for (auto const column :
       {&FeatureNames::chat, &FeatureNames::responses, &FeatureNames::messages, &FeatureNames::embeddings}) {
    std::vector<std::string_view> names;
    for (auto const& n : feature_names())
      if (!(n.*column).empty()) names.push_back(n.*column);
    std::ranges::sort(names);
    auto const twice = std::ranges::adjacent_find(names);
    EXPECT_EQ(twice, names.end()) << *twice;
  }
}

TEST(Feature, IsUnknownWhereNobodyModelledIt) {
  for (auto const* name : {"", "not_a_member", "mode", "model ", "zzz"}) {
    EXPECT_EQ(feature_of(Surface::chat, name), Feature::unknown) << name;
    EXPECT_EQ(feature_of(Surface::embeddings, name), Feature::unknown) << name;
  }
  EXPECT_EQ(feature_of(Surface::chat, "dimensions"), Feature::unknown) << "of embeddings alone";
  EXPECT_EQ(name_of(Surface::chat, Feature::unknown), "");
  EXPECT_EQ(name_of(Surface::chat, Feature::dimensions), "");
}

}  // namespace
}  // namespace tsg::conversation
