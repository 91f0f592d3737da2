// The log is written with one system call a transaction: nobody may see less of it than before.
#include "store/sqlite/wal_vfs.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <map>
#include <memory>
#include <random>
#include <thread>

#include "store/sqlite/db.hpp"
#include "support/temp_dir.hpp"
#include "support/unsynced_vfs.hpp"

namespace tsg::store {
namespace {

namespace fs = std::filesystem;
constexpr int kReadWrite = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;

using Rows = std::map<std::int64_t, std::string>;

Rows rows_of(Db& db) {
  Rows out;
  Statement all{db, "SELECT id,bytes FROM row"};
  while (all.step()) out.emplace(all.integer(0), all.text(1));
  return out;
}

std::string integrity(Db& db) {
  Statement check{db, "PRAGMA integrity_check"};
  return check.step() ? std::string{check.text(0)} : "nothing";
}

// A database whose page cache is far too small for its transactions: pages are written early, changed again
// and written once more, which is where SQLite goes back in its log.
struct WalVfs : ::testing::Test {
  test::TempDir dir;
  std::mt19937 random{4'711};
  Rows model;

  std::size_t below(std::size_t n) { return random() % n; }
  fs::path file() const { return dir / "t.db"; }
  void begin(Db& db, char const* synchronous) {
    db.exec("PRAGMA journal_mode=WAL; PRAGMA cache_size=10; PRAGMA wal_autocheckpoint=200");
    db.exec(synchronous);
    db.exec("CREATE TABLE row(id INTEGER PRIMARY KEY, bytes TEXT NOT NULL)");
  }
  void put(Db& db, Rows& now) {
    Statement insert{db, "INSERT OR REPLACE INTO row(id,bytes) VALUES(?,?)"};
    auto const id = static_cast<std::int64_t>(below(400));
    std::string const bytes(below(9'000), static_cast<char>('a' + below(26)));
    insert.bind(id).bind(std::string_view{bytes}).run();
    now[id] = bytes;
  }
  // What a transaction of ours may do, and more.
  void transact(Db& db) {
    db.exec("BEGIN IMMEDIATE");
    Rows now = model;
    for (auto n = below(60) + 1; n > 0; --n) put(db, now);
    if (below(3) == 0) {
      db.exec("SAVEPOINT s");
      Rows inner = now;
      for (auto n = below(60) + 1; n > 0; --n) put(db, inner);
      db.exec(below(2) == 0 ? "ROLLBACK TO s; RELEASE s" : "RELEASE s");
      now = rows_of(db);
    }
    if (below(5) == 0) return db.exec("ROLLBACK");
    db.exec("COMMIT");
    model = std::move(now);
  }
  // What is left when the process dies now: the files as they are, the index gone.
  Rows after_a_kill() {
    test::TempDir elsewhere;
    for (auto const* name : {"t.db", "t.db-wal"}) fs::copy_file(dir / name, elsewhere / name);
    Db db{elsewhere / "t.db", kReadWrite};
    EXPECT_EQ(integrity(db), "ok");
    return rows_of(db);
  }
};

TEST_F(WalVfs, everyCommitIsThereForOthersAndAfterAKill) {
  Db db{file(), kReadWrite, wal_vfs("")};
  begin(db, "PRAGMA synchronous=NORMAL");
  Db other{file(), SQLITE_OPEN_READWRITE};
  for (int i = 0; i < 300; ++i) {
    transact(db);
    ASSERT_EQ(rows_of(other), model) << "transaction " << i;
    ASSERT_EQ(integrity(other), "ok") << "transaction " << i;
    if (i % 10 == 0) {
      ASSERT_EQ(after_a_kill(), model) << "transaction " << i;
    }
    if (i % 37 == 0) (i % 2 == 0 ? db : other).exec("PRAGMA wal_checkpoint(TRUNCATE)");
    if (i % 50 == 0) {
      db = Db{file(), kReadWrite, wal_vfs("")};
      db.exec("PRAGMA cache_size=10; PRAGMA wal_autocheckpoint=200");
    }
  }
  EXPECT_EQ(rows_of(db), model);
}

TEST_F(WalVfs, aReaderKeepsItsStateWhileTheLogGoesOn) {
  Db db{file(), kReadWrite, wal_vfs("")};
  begin(db, "PRAGMA synchronous=NORMAL");
  Db other{file(), SQLITE_OPEN_READWRITE};
  for (int i = 0; i < 20; ++i) {
    transact(db);
    other.exec("BEGIN");
    Rows const seen = rows_of(other);
    EXPECT_EQ(seen, model);
    transact(db);
    EXPECT_EQ(rows_of(other), seen);
    other.exec("COMMIT");
  }
}

// The disk of the power-loss tests promises no more than it must: SQLite then pads its log to whole sectors,
// and a page comes in two parts.
TEST_F(WalVfs, whatWasSyncedSurvivesAPowerLoss) {
  (void)test::UnsyncedVfs::instance();
  {
    Db db{file(), kReadWrite, wal_vfs(test::UnsyncedVfs::kName)};
    begin(db, "PRAGMA synchronous=FULL");
    Db other{file(), SQLITE_OPEN_READWRITE, test::UnsyncedVfs::kName};
    for (int i = 0; i < 60; ++i) {
      transact(db);
      ASSERT_EQ(rows_of(other), model) << "transaction " << i;
      ASSERT_EQ(after_a_kill(), model) << "transaction " << i;
    }
    test::UnsyncedVfs::instance().power_loss();
  }
  test::UnsyncedVfs::instance().replace();
  EXPECT_EQ(after_a_kill(), model);
}

// Another connection copies the log into the database all the while, as the checkpointer does.
TEST_F(WalVfs, copyingBesideItFindsWholeTransactions) {
  Db db{file(), kReadWrite, wal_vfs("")};
  begin(db, "PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0");
  std::atomic<bool> done{false};
  std::thread copier{[&] {
    Db other{file(), SQLITE_OPEN_READWRITE};
    while (!done)
      sqlite3_wal_checkpoint_v2(other.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  }};
  for (int i = 0; i < 100; ++i) transact(db);
  done = true;
  copier.join();
  db.exec("PRAGMA wal_checkpoint(TRUNCATE)");
  Db other{file(), SQLITE_OPEN_READWRITE};
  EXPECT_EQ(integrity(other), "ok");
  EXPECT_EQ(rows_of(other), model);
}

// Rows of known content on a disk that can be full; the page cache holds all.
struct WalVfsOnADisk : WalVfs {
  test::UnsyncedVfs& disk = test::UnsyncedVfs::instance();
  Db db{file(), kReadWrite, wal_vfs(test::UnsyncedVfs::kName)};
  int next = 0;

  WalVfsOnADisk() {
    db.exec("PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0");
    db.exec("CREATE TABLE row(id INTEGER PRIMARY KEY, bytes TEXT NOT NULL)");
    insert(1);
  }
  ~WalVfsOnADisk() override { disk.fill_up(false); }
  void insert(int pages) {  // one row fills one
    std::string const bytes(3'000, 'x');
    db.exec("BEGIN IMMEDIATE");
    Statement s{db, "INSERT INTO row(id,bytes) VALUES(?,?)"};
    for (int i = 0; i < pages; ++i) s.bind(std::int64_t{next + i}).bind(std::string_view{bytes}).run();
    db.exec("COMMIT");
    next += pages;
  }
  void expect_rows(int n) {
    EXPECT_EQ(static_cast<int>(rows_of(db).size()), n);
    EXPECT_EQ(static_cast<int>(after_a_kill().size()), n);
  }
};

// The larger ones reach what SQLite can write at a time: 131,071 bytes, some thirty pages.
TEST_F(WalVfsOnADisk, aTransactionIsOneWriteOrAFewLargeOnes) {
  for (auto const& [pages, writes] :
       {std::pair{20, 1}, {30, 2}, {31, 2}, {32, 2}, {33, 2}, {100, 5}, {200, 8}}) {
    auto const before = disk.writes();
    insert(pages);
    EXPECT_LE(disk.writes(), before + writes) << pages << " pages";
    expect_rows(next);
  }
}

TEST_F(WalVfsOnADisk, aWriteThatFailsFailsTheCommit) {
  for (bool const half : {false, true})
    for (int const pages : {1, 20, 100}) {
      int const kept = next;
      disk.fill_up(true, half);
      EXPECT_THROW(insert(pages), SqlError) << pages << " pages";
      disk.fill_up(false);
      if (sqlite3_get_autocommit(db.get()) == 0) db.exec("ROLLBACK");
      expect_rows(kept);
      insert(pages);  // and it goes on
      expect_rows(next);
      EXPECT_EQ(integrity(db), "ok");
    }
}

TEST_F(WalVfsOnADisk, eachOfSeveralWritesCounts) {
  for (int nth = 1; nth <= 4; ++nth) {  // 100 pages are four
    int const kept = next;
    disk.fail_write(nth);
    EXPECT_THROW(insert(100), SqlError) << "write " << nth;
    disk.fail_write(0);
    if (sqlite3_get_autocommit(db.get()) == 0) db.exec("ROLLBACK");
    expect_rows(kept);
    insert(1);
    expect_rows(next);
  }
}

// A statement that read a page written early met the full disk: it alone was undone, and the commit that
// followed was of pages that nobody had written.
TEST_F(WalVfsOnADisk, aStatementThatFailsForLackOfSpaceDoesNotSpoilTheCommitAfterIt) {
  insert(40);
  db.exec("CREATE TABLE copy(bytes TEXT UNIQUE); PRAGMA cache_size=10");
  db.exec("BEGIN IMMEDIATE");
  db.exec("UPDATE row SET bytes=bytes||id");
  disk.fill_up(true);
  EXPECT_THROW(db.exec("INSERT INTO copy SELECT bytes FROM row"), SqlError);
  disk.fill_up(false);
  try {
    if (sqlite3_get_autocommit(db.get()) == 0) db.exec("COMMIT");
  } catch (SqlError const&) {
    if (sqlite3_get_autocommit(db.get()) == 0) db.exec("ROLLBACK");
  }
  Db other{file(), SQLITE_OPEN_READWRITE};
  EXPECT_EQ(integrity(other), "ok");
  expect_rows(next);
}

// Emptied and begun anew by two connections, as writer and checkpointer do; the disk forgets what was not
// synced, and only the checkpoints sync.
TEST_F(WalVfs, aPowerLossAfterTheLogWasBegunAnewBringsBackNoOldPages) {
  auto& disk = test::UnsyncedVfs::instance();
  Rows synced;
  {
    Db db{file(), kReadWrite, wal_vfs(disk.kName)};
    begin(db, "PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0");
    Db copier{file(), SQLITE_OPEN_READWRITE, wal_vfs(disk.kName)};
    (void)copier.integer("SELECT count(*) FROM row");
    for (int round = 0; round < 12; ++round) {
      for (int i = 0; i < 8; ++i) transact(db);
      auto const before = disk.syncs();
      copier.exec("PRAGMA wal_checkpoint(TRUNCATE)");
      EXPECT_EQ(disk.syncs(), before + 3) << "the log, the database, the log's header";
      synced = model;
      ASSERT_EQ(after_a_kill(), model) << "emptied, round " << round;
      auto const emptied = disk.syncs();
      transact(db);
      EXPECT_EQ(disk.syncs(), emptied) << "the writer waits for no disk";
      ASSERT_EQ(after_a_kill(), model) << "begun anew, round " << round;
    }
    disk.power_loss();
  }
  disk.replace();
  EXPECT_EQ(after_a_kill(), synced);
}

// If the header could not be cleared durably, the next one is synced as SQLite means it to be.
TEST_F(WalVfs, aLogThatWasNotEmptiedDurablyIsBegunWithASync) {
  auto& disk = test::UnsyncedVfs::instance();
  Db db{file(), kReadWrite, wal_vfs(disk.kName)};
  begin(db, "PRAGMA synchronous=NORMAL; PRAGMA wal_autocheckpoint=0");
  Db copier{file(), SQLITE_OPEN_READWRITE, wal_vfs(disk.kName)};
  (void)copier.integer("SELECT count(*) FROM row");
  transact(db);
  copier.exec(
      "PRAGMA wal_checkpoint(PASSIVE); PRAGMA synchronous=OFF");  // nothing left to sync but the header
  disk.fail_syncs(true);
  EXPECT_THROW(copier.exec("PRAGMA wal_checkpoint(TRUNCATE)"), SqlError);
  disk.fail_syncs(false);
  auto const before = disk.syncs();
  while (disk.syncs() == before) {
    Rows const was = model;
    transact(db);
    if (model != was) break;  // a rolled-back one writes nothing
  }
  EXPECT_EQ(disk.syncs(), before + 1);
  EXPECT_EQ(after_a_kill(), model);
}

TEST_F(WalVfs, aNameThatIsNotRegisteredIsLeftToTheOpening) {
  EXPECT_EQ(wal_vfs("no such vfs"), "no such vfs");
}

}  // namespace
}  // namespace tsg::store
