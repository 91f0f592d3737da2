// The log is copied and emptied beside the writer. It once was not: the connection had never read anything,
// did not know that there was a log, copied nothing and reported success.
#include "store/sqlite/checkpointer.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <array>
#include <fstream>
#include <thread>

#include "store/sqlite/wal_vfs.hpp"
#include "support/temp_dir.hpp"
#include "support/unsynced_vfs.hpp"
#include "tsg/core/clock.hpp"

namespace tsg::store {
namespace {

struct Checkpoints : ::testing::Test {
  static constexpr int kBegin = 20;
  Checkpoints() { sqlite3_wal_hook(db.get(), &count, this); }
  ~Checkpoints() override {
    checkpointer.stop();
    disk.fail_opening(false);
    disk.fail_syncs(false);
    disk.replace();
  }
  static Db made(std::filesystem::path const& file) {
    Db out{file, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, wal_vfs(test::UnsyncedVfs::kName)};
    out.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; CREATE TABLE row(bytes TEXT)");
    return out;
  }
  static int count(void* self, sqlite3*, char const*, int pages) {
    static_cast<Checkpoints*>(self)->pages = pages;
    return SQLITE_OK;
  }
  void commit() {
    Checkpointer::Turn const turn{&checkpointer};
    db.exec("INSERT INTO row VALUES(hex(randomblob(1500)))");
    checkpointer.committed(pages);
  }
  // The first bytes of the log: SQLite's magic number, or nothing while it is empty.
  bool log_is_empty() const {
    std::ifstream in{dir / "t.db-wal", std::ios::binary};
    std::array<char, 4> head{};
    in.read(head.data(), head.size());
    return in.gcount() == 4 && head == std::array<char, 4>{};
  }
  template <class F>
  static bool eventually(F condition) {
    auto const until = Steady::now() + std::chrono::seconds{20};
    while (!condition()) {
      if (Steady::now() > until) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds{1});
    }
    return true;
  }

  test::UnsyncedVfs& disk = test::UnsyncedVfs::instance();
  test::TempDir dir;
  int pages = 0;
  Db db = made(dir / "t.db");
  Checkpointer checkpointer{dir / "t.db", test::UnsyncedVfs::kName, kBegin};
};

TEST_F(Checkpoints, ALogThatIsCopiedAndNotNeededIsEmptied) {
  while (pages < kBegin) commit();
  EXPECT_TRUE(eventually([this] { return log_is_empty(); }));
  commit();
  EXPECT_FALSE(log_is_empty());
  EXPECT_LT(pages, kBegin) << "begun anew";
}

TEST_F(Checkpoints, ALogThatAReaderNeedsGrowsUntilItIsDone) {
  Db reader{dir / "t.db", SQLITE_OPEN_READWRITE};
  commit();
  reader.exec("BEGIN");
  auto const seen = reader.integer("SELECT count(*) FROM row");
  for (int i = 0; i < 30 * kBegin; ++i) commit();
  EXPECT_FALSE(log_is_empty());
  EXPECT_GT(pages, 20 * kBegin) << "nobody waits for the reader";
  EXPECT_EQ(reader.integer("SELECT count(*) FROM row"), seen);
  reader.exec("COMMIT");
  int more = 0;
  for (auto const before = pages; pages >= before && more < 100 * kBegin; ++more) commit();
  EXPECT_LT(more, 100 * kBegin) << pages << " pages";
}

TEST_F(Checkpoints, ADiskThatFailsIsTriedAgain) {
  disk.fail_syncs(true);
  for (int i = 0; i < 3 * kBegin; ++i) commit();
  disk.fail_syncs(false);
  int more = 0;
  for (auto const before = pages; pages >= before && more < 100 * kBegin; ++more) commit();
  EXPECT_LT(more, 100 * kBegin) << pages << " pages";
  EXPECT_EQ(db.integer("SELECT count(*) FROM row"), 3 * kBegin + more);
}

}  // namespace
}  // namespace tsg::store
