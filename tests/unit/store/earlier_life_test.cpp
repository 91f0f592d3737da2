// A start on a folder that knows of more than its log does: a new epoch that says what is missing, never a
// second genesis.
#include <sqlite3.h>

#include <fstream>

#include "store_fixture.hpp"
#include "tsg/audit/head_file.hpp"

namespace tsg::store {
namespace {

namespace fs = std::filesystem;

struct EarlierLife : StoreTest {
  EarlierLife() {
    Change c;
    auto& d = c.writes.emplace_back();
    d.kind = "org";
    d.id = "acme";
    d.json = "{}";
    d.changed_at = fixed_clock.wall();
    c.records.push_back(fields("made"));
    EXPECT_TRUE(test::run(store->change(std::move(c))));
    EXPECT_TRUE(settle(settlement(admit(admission(500)).hold, 300)));
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(append("r"));
    store.reset();
  }
  void sql(std::string const& text) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((dir / "tsg.db").c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
  }
  // Starts, and gives the log.epoch that it wrote.
  nlohmann::json epoch() {
    reopen();
    EXPECT_TRUE(store->recovery().new_epoch);
    AuditQuery q;
    q.equals = {{"kind", "log.epoch"}};
    auto const rows = test::run(store->audit(q)).value().rows;
    return rows.empty() ? nlohmann::json{} : nlohmann::json::parse(rows.front().bytes);
  }
  std::size_t geneses() {
    AuditQuery q;
    q.equals = {{"kind", "log.genesis"}};
    return test::run(store->audit(q)).value().rows.size();
  }
  VerifyReport verdict() {
    store.reset();
    return store::verify(dir.path(), std::nullopt);
  }
};

TEST_F(EarlierLife, allRecordsButTheFirstAndTheHeadDeletedIsABreak) {
  sql("DELETE FROM audit_record WHERE seq>0");
  fs::remove(dir / "audit.head");
  auto const e = epoch();
  EXPECT_EQ(e["seq"], 1);
  EXPECT_EQ(e["before"]["size"], 8) << e.dump();
  EXPECT_NE(e["detail"].get<std::string>().find("audit.head was missing"), std::string::npos);
  EXPECT_EQ(geneses(), 1u);
  auto const v = verdict();
  EXPECT_EQ(v.exit_code, 4) << v.message;
  EXPECT_NE(v.message.find("records 1 to 7 are missing"), std::string::npos) << v.message;
  EXPECT_NE(v.message.find("org acme is in no record"), std::string::npos) << v.message;
  EXPECT_NE(v.message.find("settled rows of the ledger are in no record"), std::string::npos) << v.message;
}

TEST_F(EarlierLife, allRecordsAndTheHeadDeletedIsABreak) {
  sql("DELETE FROM audit_record");
  fs::remove(dir / "audit.head");
  auto const e = epoch();
  EXPECT_EQ(e["seq"], 1) << "after a genesis that nothing can be without";
  EXPECT_EQ(e["before"]["size"], 8);
  EXPECT_EQ(verdict().exit_code, 4);
}

TEST_F(EarlierLife, theHeadAloneDeletedIsABreakEvenOfALogOfOneRecord) {
  test::TempDir young;
  open_in(young.path()).value()->close();
  fs::remove(young / "audit.head");
  auto const again = open_in(young.path());
  ASSERT_TRUE(again);
  EXPECT_TRUE((*again)->recovery().new_epoch);
}

// Whatever is left of a life: a file of the folder, or a table.
TEST_F(EarlierLife, anyTraceIsEnough) {
  for (auto const* left : {"tsg.lock", "dispatch.map"}) {
    test::TempDir copy;
    fs::copy_file(dir / left, copy / left);
    auto const opened = open_in(copy.path());
    ASSERT_TRUE(opened) << left;
    EXPECT_TRUE((*opened)->recovery().new_epoch) << left;
  }
  test::TempDir copy;
  fs::copy_file(dir / "tsg.db", copy / "tsg.db");
  auto const opened = open_in(copy.path());
  ASSERT_TRUE(opened);
  EXPECT_TRUE((*opened)->recovery().new_epoch) << "the database alone";
}

// A head copied away in time is signed as well as any: what it does not cover must not be replaced in
// silence.
TEST_F(EarlierLife, anOlderHeadAndALogCutToItContradictWhatTheDatabaseKnows) {
  test::TempDir young;
  auto first = open_in(young.path()).value();
  first.reset();
  fs::copy_file(young / "audit.head", young / "old");
  {
    auto store_now = open_in(young.path()).value();
    AuditSlot const none;
    auto const admitted = test::run(store_now->admit(none, admission(500))).value();
    ASSERT_TRUE(test::run(store_now->settle(none, settlement(admitted.hold, 300))));
  }
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open((young / "tsg.db").c_str(), &db), SQLITE_OK);
  sqlite3_exec(db, "DELETE FROM audit_record WHERE seq>0", nullptr, nullptr, nullptr);
  sqlite3_close(db);
  fs::copy_file(young / "old", young / "audit.head", fs::copy_options::overwrite_existing);
  EXPECT_EQ(store::verify(young.path(), std::nullopt).exit_code, 4);
  auto const again = open_in(young.path()).value();
  EXPECT_TRUE(again->recovery().new_epoch);
}

// The numbers of lost records are given out again: what the old ones had settled must not count twice.
TEST_F(EarlierLife, moneyOfLostRecordsCountsOnceAlsoAfterFurtherStarts) {
  sql("DELETE FROM audit_record WHERE seq>0");
  fs::remove(dir / "audit.head");
  reopen();
  EXPECT_EQ(totals().settled, Nano{300});
  ASSERT_TRUE(settle(settlement(admit(admission(500, 2)).hold, 40)));
  for (int round = 0; round < 3; ++round) {
    reopen();
    EXPECT_FALSE(store->recovery().new_epoch) << "what was found once is not found again";
    EXPECT_EQ(totals().settled, Nano{340});
    UsageQuery q;
    q.to_ms = kNowMs + 86'400'000;
    auto const used = test::run(store->usage(q)).value();
    ASSERT_EQ(used.size(), 1u);
    EXPECT_EQ(used[0].sum.cost, Nano{340});
  }
}

TEST_F(EarlierLife, aFirstStartThatEndedEarlyIsNoBreak) {
  test::TempDir young;
  open_in(young.path()).value()->close();
  auto const none = [&] {
    audit::SignedHead h;
    h.origin = "n1/1";
    h.time = fixed_clock.wall();
    return audit::sign_head(h, audit::signing_seed(master_key()));
  }();
  std::ofstream{young / "audit.head"} << none;  // as it is before the first record is signed
  auto again = open_in(young.path()).value();
  EXPECT_FALSE(again->recovery().new_epoch);
  again.reset();
  fs::remove(young / "tsg.db");
  std::ofstream{young / "audit.head"} << none;  // and before there is a database
  again = open_in(young.path()).value();
  EXPECT_FALSE(again->recovery().new_epoch);
  again.reset();
  EXPECT_EQ(store::verify(young.path(), std::nullopt).exit_code, 0);
}

// Nothing in the folder can know these two: that is what the copy of a head elsewhere is for.
TEST_F(EarlierLife, theWholeFolderPutBackOrRemovedIsFoundWithACheckpointAlone) {
  auto const copy_all = [](fs::path const& from, fs::path const& to) {
    for (auto const* file : {"tsg.db", "audit.head", "tsg.lock", "dispatch.map"})
      fs::copy_file(from / file, to / file, fs::copy_options::overwrite_existing);
  };
  test::TempDir earlier, elsewhere;
  copy_all(dir.path(), earlier.path());
  reopen();
  ASSERT_TRUE(append("inconvenient"));
  store.reset();
  fs::copy_file(dir / "audit.head", elsewhere / "kept");
  auto const with = [&] { return store::verify(dir.path(), elsewhere / "kept").exit_code; };
  EXPECT_EQ(verdict().exit_code, 0);
  EXPECT_EQ(with(), 0);
  copy_all(earlier.path(), dir.path());
  EXPECT_EQ(verdict().exit_code, 0) << "put back";
  EXPECT_EQ(with(), 1);
  for (auto const& file : fs::directory_iterator{dir.path()}) fs::remove(file.path());
  reopen();
  EXPECT_EQ(verdict().exit_code, 0) << "removed, and begun anew";
  EXPECT_EQ(with(), 1);
}

TEST_F(EarlierLife, recordsMuchYoungerThanTheHeadAreCoveredByNothing) {
  auto const parsed = [&] {
    std::ifstream in{dir / "audit.head"};
    return audit::parse_head(std::string{std::istreambuf_iterator<char>{in}, {}}).value();
  }();
  auto old = parsed;
  old.head.size = 1;
  old.time = WallTime{parsed.time.ns - 3'600'000'000'000};
  {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((dir / "tsg.db").c_str(), &db), SQLITE_OK);
    sqlite3_exec(
        db, "SELECT hash FROM audit_record WHERE seq=0",
        [](void* to, int, char** row, char**) {
          std::copy_n(reinterpret_cast<std::uint8_t const*>(row[0]), 32, static_cast<Digest*>(to)->begin());
          return 0;
        },
        &old.head.chain, nullptr);
    sqlite3_close(db);
  }
  std::ofstream{dir / "audit.head"} << audit::sign_head(old, audit::signing_seed(master_key()));
  auto const v = verdict();
  EXPECT_EQ(v.exit_code, 4) << v.message;
  EXPECT_NE(v.message.find("no signature covers them"), std::string::npos) << v.message;
  EXPECT_NE(epoch()["detail"].get<std::string>().find("no signature covers"), std::string::npos);
}

}  // namespace
}  // namespace tsg::store
