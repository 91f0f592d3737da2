#include "cli/unknown_word.hpp"

#include <gtest/gtest.h>

namespace tsg::cli {
namespace {

class UnknownWord : public ::testing::Test {
 protected:
  UnknownWord() {
    app.name("tsg");
    auto* key = app.add_subcommand("key");
    key->add_subcommand("create")->add_option("id");
    key->add_subcommand("revoke");
    app.add_subcommand("serve");
  }
  std::string said(std::vector<std::string> const& words) {
    return unknown_word(app, words).value_or("nothing");
  }
  CLI::App app;
};

TEST_F(UnknownWord, IsNamedWithWhatThereIs) {
  EXPECT_EQ(said({"bogus"}), "'bogus' is not a command of 'tsg'; there are: key, serve");
  EXPECT_EQ(said({"key", "bogus"}), "'bogus' is not a command of 'tsg key'; there are: create, revoke");
}

TEST_F(UnknownWord, OfANearMissTheRightOneIsNamed) {
  EXPECT_EQ(said({"sevre"}), "'sevre' is not a command of 'tsg'; did you mean 'serve'?");
}

TEST_F(UnknownWord, OptionsAndArgumentsAreNotCommands) {
  EXPECT_EQ(said({"key", "create", "bogus"}), "nothing");
  EXPECT_EQ(said({"--help", "bogus"}), "nothing");
  EXPECT_EQ(said({}), "nothing");
}

}  // namespace
}  // namespace tsg::cli
