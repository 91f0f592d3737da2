// Whose folder it is: a wrong word in the configuration must not shut others out of theirs.
#include "store/sqlite/data_dir.hpp"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "support/temp_dir.hpp"

namespace tsg::store {
namespace {

struct DataDir : ::testing::Test {
  test::TempDir dir;
  std::filesystem::path folder = dir / "data";

  void make(mode_t mode, std::vector<std::string> const& files = {}) {
    std::filesystem::create_directory(folder);
    for (auto const& name : files) std::ofstream{folder / name} << "x";
    ASSERT_EQ(::chmod(folder.c_str(), mode), 0);
  }
  mode_t mode() const {
    struct stat facts {};
    return ::stat(folder.c_str(), &facts) == 0 ? facts.st_mode & 07777 : 0;
  }
  std::string refusal() {
    auto const taken = take_data_dir(folder);
    return taken ? "" : std::string{taken.error().message()};
  }
};

TEST_F(DataDir, OneThatItMakesIsClosed) {
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(mode(), 0700u);
}

TEST_F(DataDir, OneThatIsClosedIsTakenAsItIs) {
  make(0700, {"somebody's file"});
  EXPECT_EQ(refusal(), "");
  make(0500);
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(mode(), 0500u);
}

TEST_F(DataDir, OneThatIsEmptyOrHoldsItsDatabaseIsClosed) {
  make(0755);
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(mode(), 0700u);
  make(0750, {"tsg.db", "other"});
  EXPECT_EQ(refusal(), "");
  EXPECT_EQ(mode(), 0700u);
}

TEST_F(DataDir, OneThatIsOpenAndHoldsOtherThingsIsRefusedAndLeftAlone) {
  make(0755, {"somebody's file"});
  auto const why = refusal();
  EXPECT_NE(why.find("is open to others and not empty"), why.npos) << why;
  EXPECT_NE(why.find("chmod 700 " + folder.string()), why.npos) << why;
  EXPECT_EQ(mode(), 0755u);
}

// The folder for temporary files, given by mistake; also after somebody has put a tsg.db there.
TEST_F(DataDir, OneThatOthersMayWriteToIsRefusedWhateverItHolds) {
  make(01777);
  EXPECT_NE(refusal().find("can be written by others"), std::string::npos);
  make(01777, {"tsg.db"});
  EXPECT_NE(refusal().find("can be written by others"), std::string::npos);
  EXPECT_EQ(mode(), 01777u);
}

TEST_F(DataDir, OneOfAnotherUserIsRefused) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can make a folder of somebody else";
  make(0755, {"tsg.db"});
  ASSERT_EQ(::chown(folder.c_str(), 12'345, 12'345), 0);
  EXPECT_NE(refusal().find("belongs to another user"), std::string::npos);
  EXPECT_EQ(mode(), 0755u);
}

TEST_F(DataDir, OneThatCannotBeMadeIsNamed) {
  std::ofstream{folder} << "a file";
  EXPECT_NE(refusal().find("cannot be"), std::string::npos);
}

}  // namespace
}  // namespace tsg::store
