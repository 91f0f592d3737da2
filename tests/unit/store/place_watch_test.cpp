// The files of an open store are taken away under it: what would be written into them would be lost.
#include <functional>
#include <thread>

#include "store_fixture.hpp"

namespace tsg::store {
namespace {

namespace fs = std::filesystem;

struct Place : StoreTest {
  bool becomes(bool healthy) {  // in time: the watch looks twice a second
    for (int i = 0; i < 200 && store->healthy() != healthy; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    return store->healthy() == healthy;
  }
};

TEST_F(Place, aDeletedDatabaseStopsAdmissionAndChanges) {
  ASSERT_TRUE(store->healthy());
  for (auto const* file : {"tsg.db", "tsg.db-wal", "tsg.db-shm"}) fs::remove(dir / file);
  ASSERT_TRUE(becomes(false));
  EXPECT_FALSE(store->try_reserve());
  EXPECT_EQ(append("never").error().code(), Errc::audit_unavailable);
  EXPECT_EQ(test::run(store->change(Change{})).error().code(), Errc::audit_unavailable);
}

TEST_F(Place, aReplacedFileStopsAdmissionUntilTheRightOneIsBack) {
  for (auto const* file : {"tsg.db", "tsg.lock"}) {
    fs::rename(dir / file, dir / "away");
    fs::copy_file(dir / "away", dir / file);
    EXPECT_TRUE(becomes(false)) << file;
    fs::rename(dir / "away", dir / file);
    EXPECT_TRUE(becomes(true)) << file;
    EXPECT_TRUE(append("recorded"));
  }
}

// Records that no signature covers must not pile up without end; what is under way is settled all the same.
TEST_F(Place, anOverdueHeadStopsAdmissionUntilItCanBeWritten) {
  store.reset();
  SqliteOptions o;
  o.data_dir = dir.path();
  o.durable = false;
  o.head_overdue_most = std::chrono::milliseconds{1};
  store = open_sqlite(o, master_key(), fixed_clock).value();
  auto const hold = admit(admission(10)).hold;
  fs::create_directory(dir / "audit.head.tmp");  // in the way of the temporary file
  ASSERT_TRUE(append("unsigned"));
  ASSERT_TRUE(becomes(false));
  EXPECT_FALSE(store->try_reserve());
  EXPECT_EQ(append("never").error().code(), Errc::audit_unavailable);
  EXPECT_TRUE(settle(settlement(hold, 3)));
  fs::remove(dir / "audit.head.tmp");
  EXPECT_TRUE(becomes(true));
  EXPECT_TRUE(append("signed again"));
}

}  // namespace
}  // namespace tsg::store
