// Opening: what a start keeps, refuses, and puts on the record.
#include <sqlite3.h>

#include <fstream>

#include "store_fixture.hpp"

namespace tsg::store {
namespace {

namespace fs = std::filesystem;

struct Opening : StoreTest {
  void close() { store.reset(); }
  std::string refusal(std::uint8_t key = 7) {
    auto r = open_in(dir.path(), false, key);
    return r ? "" : std::string{r.error().message()};
  }
  int verdict() { return store::verify(dir.path(), std::nullopt).exit_code; }
  std::int64_t epoch() { return nlohmann::json::parse(records()[0].bytes).at("epoch"); }
};

TEST_F(Opening, aCloseAndAReopenKeepEverything) {
  ASSERT_TRUE(append("one"));
  ASSERT_TRUE(settle(settlement(admit(admission(500)).hold, 300)));
  reopen();
  EXPECT_EQ(records().size(), 3u);
  EXPECT_EQ(totals().settled, Nano{300});
  ASSERT_TRUE(append("two"));
  EXPECT_EQ(records()[0].seq, 3);
  close();
  EXPECT_EQ(verdict(), 0);
}

TEST_F(Opening, anotherMasterKeyIsRefused) {
  close();
  EXPECT_NE(refusal(8).find("master_key"), std::string::npos);
  EXPECT_EQ(refusal(7), "");
}

// Keys are kept as HMACs under the pepper: with another one each of them would be a stranger.
TEST_F(Opening, anotherPepperIsRefusedAndTheFirstOneSeenIsKept) {
  close();
  auto const open_with = [&](std::optional<std::uint8_t> pepper) {
    SqliteOptions o;
    o.data_dir = dir.path();
    o.durable = false;
    if (pepper) o.pepper_check = crypto::sha256(std::span{&*pepper, 1});
    auto r = open_sqlite(o, master_key(), fixed_clock);
    return r ? std::string{} : std::string{r.error().message()};
  };
  EXPECT_EQ(open_with(1), "") << "a directory from before there was a check adopts it";
  EXPECT_EQ(open_with(1), "");
  EXPECT_NE(open_with(2).find("key_pepper"), std::string::npos);
  EXPECT_EQ(open_with(std::nullopt), "");
  EXPECT_EQ(open_with(1), "") << "a refusal changes nothing";
}

TEST_F(Opening, aSecondProcessOnTheSameFolderIsRefused) {
  EXPECT_NE(refusal().find("in use"), std::string::npos);
}

TEST_F(Opening, aNewerSchemaIsRefused) {
  close();
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open((dir / "tsg.db").c_str(), &db), SQLITE_OK);
  sqlite3_exec(db, "PRAGMA user_version=99", nullptr, nullptr, nullptr);
  sqlite3_close(db);
  EXPECT_NE(refusal().find("schema 99"), std::string::npos);
}

TEST_F(Opening, aDamagedHeadIsRefused) {
  close();
  std::ofstream{dir / "audit.head"} << "garbage";
  EXPECT_NE(refusal().find("audit.head is damaged"), std::string::npos);
}

TEST_F(Opening, filesAreForTheirOwnerOnly) {
  EXPECT_EQ(fs::status(dir.path()).permissions(), fs::perms::owner_all);
  for (auto const& file : fs::directory_iterator{dir.path()})
    EXPECT_EQ(file.status().permissions() & (fs::perms::group_all | fs::perms::others_all), fs::perms::none)
        << file.path();
}

TEST_F(Opening, aRestoredBackupOpensANewEpochEachTimeAndVerifies) {
  ASSERT_TRUE(append("kept"));
  close();
  fs::copy_file(dir / "tsg.db", dir / "backup");
  for (std::int64_t round = 2; round <= 4; ++round) {
    reopen();
    ASSERT_TRUE(append("lost 1"));
    ASSERT_TRUE(append("lost 2"));
    close();
    fs::copy_file(dir / "backup", dir / "tsg.db", fs::copy_options::overwrite_existing);
    EXPECT_EQ(verdict(), 1) << "behind its head";
    reopen();
    EXPECT_TRUE(store->recovery().new_epoch);
    EXPECT_EQ(epoch(), round);
    auto const record = nlohmann::json::parse(records()[0].bytes);
    EXPECT_EQ(record.at("kind"), "log.epoch");
    EXPECT_EQ(record.at("before").at("origin"), "n1/" + std::to_string(round - 1));
    close();
    auto const v = store::verify(dir.path(), std::nullopt);
    EXPECT_EQ(v.exit_code, 4) << v.message;
    reopen();
    EXPECT_FALSE(store->recovery().new_epoch);
    close();
  }
}

TEST_F(Opening, aDeletedDatabaseIsOnTheRecordOfTheNewOne) {
  ASSERT_TRUE(append("gone"));
  close();
  fs::remove(dir / "tsg.db");
  reopen();
  EXPECT_TRUE(store->recovery().new_epoch);
  EXPECT_EQ(epoch(), 2);
  close();
  EXPECT_EQ(verdict(), 4);
}

TEST_F(Opening, aMissingHeadIsOnTheRecord) {
  ASSERT_TRUE(append("one"));
  close();
  fs::remove(dir / "audit.head");
  reopen();
  EXPECT_TRUE(store->recovery().new_epoch);
  EXPECT_EQ(detail(records()[0]), "audit.head was missing");
  close();
  EXPECT_EQ(verdict(), 4);
}

TEST_F(Opening, openHoldsOfARestoredBackupCountAsSent) {
  ASSERT_EQ(admit(admission(400)).kind, Admitted::Kind::admitted);
  close();  // the hold stays open: as a backup of a running gateway has it
  fs::copy_file(dir / "tsg.db", dir / "backup");
  reopen();
  EXPECT_EQ(store->recovery().holds_released, 1);
  ASSERT_TRUE(append("later"));
  close();
  fs::copy_file(dir / "backup", dir / "tsg.db", fs::copy_options::overwrite_existing);
  reopen();
  EXPECT_EQ(store->recovery().holds_settled, 1);
  EXPECT_EQ(totals().settled, Nano{400});
}

}  // namespace
}  // namespace tsg::store
