// The signed head is a copy of what is committed. Where it cannot be written the log goes on, and the head
// follows; a process without free descriptors writes it all the same.
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "store_fixture.hpp"
#include "tsg/audit/head_file.hpp"

namespace tsg::store {
namespace {

struct SignedHeads : StoreTest {
  std::int64_t signed_size() {
    std::ifstream in{dir / "audit.head"};
    std::ostringstream text;
    text << in.rdbuf();
    return audit::parse_head(text.str()).value().head.size;
  }
  ino_t inode() {  // takes no descriptor
    struct stat facts {};
    return ::stat((dir / "audit.head").c_str(), &facts) == 0 ? facts.st_ino : 0;
  }
  // A limit, so that a bug fails instead of hanging.
  template <class F>
  static bool eventually(F condition) {
    auto const until = Steady::now() + std::chrono::seconds{20};
    while (!condition()) {
      if (Steady::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return true;
  }
};

TEST_F(SignedHeads, aHeadThatCannotBeWrittenIsTriedAgainAndTheLogGoesOn) {
  std::filesystem::create_directory(dir / "audit.head.tmp");  // in the way of the temporary file
  ASSERT_TRUE(append("one"));
  ASSERT_TRUE(eventually([&] { return store->head_overdue().count() > 0; }));
  EXPECT_TRUE(store->healthy());
  ASSERT_TRUE(append("two")) << "what is committed is known: nothing has to stop";
  EXPECT_EQ(signed_size(), 1) << "the old head is whole";
  std::filesystem::remove(dir / "audit.head.tmp");
  ASSERT_TRUE(eventually([&] { return store->head_overdue().count() == 0; }));
  EXPECT_EQ(signed_size(), 3);
  store.reset();
  EXPECT_EQ(store::verify(dir.path(), std::nullopt).exit_code, 0);
}

// A thousand idle connections had taken every descriptor: writing the temporary file failed, and the store
// stopped for good.
TEST_F(SignedHeads, aProcessWithoutFreeDescriptorsStillSigns) {
  ASSERT_TRUE(append("warm"));
  ASSERT_TRUE(eventually([&] { return signed_size() == 2; }));
  rlimit old{};
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &old), 0);
  rlimit low = old;
  low.rlim_cur = 64;
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &low), 0);
  std::vector<int> taken;
  for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) taken.push_back(fd);
  auto const before = inode();
  bool const committed = append("one").has_value();
  bool const replaced = eventually([&] { return inode() != before; });
  for (int const fd : taken) ::close(fd);
  ::setrlimit(RLIMIT_NOFILE, &old);
  EXPECT_TRUE(committed);
  EXPECT_TRUE(replaced);
  EXPECT_EQ(signed_size(), 3);
  EXPECT_EQ(store->head_overdue().count(), 0);
}

}  // namespace
}  // namespace tsg::store
