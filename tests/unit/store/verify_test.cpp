// `tsg audit verify` against whoever holds the files: every edit is found, and the first bad record is named.
#include "tsg/store/verify.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <sys/stat.h>

#include <fstream>
#include <functional>
#include <sstream>

#include "store_fixture.hpp"
#include "tsg/audit/chain.hpp"
#include "tsg/audit/head_file.hpp"

namespace tsg::store {
namespace {

using audit::ChainHead, audit::append_record, audit::next_chain, audit::parse_head, audit::sign_head;

namespace fs = std::filesystem;

// A log of ten records (genesis, r1 … r9), closed; tests work on its files.
struct Verify : ::testing::Test {
  Verify() {
    auto store = open_in(dir.path()).value();
    for (int i = 1; i < 10; ++i) EXPECT_TRUE(test::run(store->append(fields("r" + std::to_string(i)))));
  }
  void sql(std::string const& text) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((dir / "tsg.db").c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
  }
  VerifyReport verdict() { return store::verify(dir.path(), std::nullopt); }
  VerifyReport against(fs::path const& checkpoint) { return store::verify(dir.path(), checkpoint); }
  void expect_tampered(std::string const& about) {
    auto const v = verdict();
    EXPECT_EQ(v.exit_code, 1) << v.message;
    EXPECT_NE(v.message.find(about), std::string::npos) << v.message;
  }
  // What a forger with the database, but not the key, can do: edit every record and recompute the chain.
  void rehash(std::function<std::string(std::int64_t, std::string)> const& edit, bool raw = false) {
    std::vector<std::string> old;
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((dir / "tsg.db").c_str(), &db), SQLITE_OK);
    sqlite3_exec(
        db, "SELECT bytes FROM audit_record ORDER BY seq",
        [](void* to, int, char** row, char**) {
          static_cast<std::vector<std::string>*>(to)->emplace_back(row[0]);
          return 0;
        },
        &old, nullptr);
    sqlite3_close(db);
    ChainHead head;
    std::string text = "DELETE FROM audit_record;", bytes;
    for (auto const& one : old) {
      auto const seq = head.size;
      std::string const fields = one.substr(one.find("\"time\""), one.size() - one.find("\"time\"") - 1);
      auto const before = head;
      append_record(head, raw ? fields : edit(seq, fields), bytes);
      if (raw) {
        bytes = edit(seq, bytes);
        head = before;
        head.chain = next_chain(before.chain, bytes);
        ++head.size;
      }
      text += "INSERT INTO audit_record VALUES(" + std::to_string(seq) + ",'" + bytes + "',x'" +
              to_hex(head.chain) + "');";
    }
    sql(text);
  }
  static std::string replaced(std::string text, std::string const& from, std::string const& to) {
    if (auto const at = text.find(from); at != std::string::npos) text.replace(at, from.size(), to);
    return text;
  }

  test::TempDir dir;
};

TEST_F(Verify, anUntouchedLogIsConsistent) {
  auto const v = verdict();
  EXPECT_EQ(v.exit_code, 0) << v.message;
  EXPECT_EQ(v.records, 10);
}

TEST_F(Verify, anEditedRecordIsNamed) {
  sql("UPDATE audit_record SET bytes=replace(bytes,'r4','r5') WHERE seq=4");
  expect_tampered("record 4:");
}
TEST_F(Verify, anEditedHashIsNamed) {
  sql("UPDATE audit_record SET hash=x'" + std::string(64, 'a') + "' WHERE seq=4");
  expect_tampered("record 4:");
}
TEST_F(Verify, aShortHashIsNamed) {
  sql("UPDATE audit_record SET hash=x'00' WHERE seq=4");
  expect_tampered("record 4:");
}
TEST_F(Verify, twoSwappedRecordsAreNamed) {
  sql("UPDATE audit_record SET seq=100 WHERE seq=4; UPDATE audit_record SET seq=4 WHERE seq=5;"
      "UPDATE audit_record SET seq=5 WHERE seq=100");
  expect_tampered("record 4:");
}
TEST_F(Verify, aDeletedFirstRecordIsMissed) {
  sql("DELETE FROM audit_record WHERE seq=0");
  expect_tampered("record 0: missing");
}
TEST_F(Verify, aDeletedRecordInTheMiddleIsMissed) {
  sql("DELETE FROM audit_record WHERE seq=4");
  expect_tampered("record 4: missing");
}
TEST_F(Verify, aDeletedTailIsMissed) {
  sql("DELETE FROM audit_record WHERE seq>=8");
  expect_tampered("record 8: missing; audit.head covers 10");
}
TEST_F(Verify, anEmptiedLogIsMissed) {
  sql("DELETE FROM audit_record");
  expect_tampered("record 0");
}
TEST_F(Verify, aRepeatedTailIsNamed) {
  sql("INSERT INTO audit_record SELECT 10,bytes,hash FROM audit_record WHERE seq=9");
  expect_tampered("record 10:");
}
TEST_F(Verify, aNegativeSequenceNumberIsNamed) {
  sql("INSERT INTO audit_record SELECT -1,bytes,hash FROM audit_record WHERE seq=9");
  expect_tampered("record 0:");
}
TEST_F(Verify, aColumnOfAnotherTypeIsNamed) {
  sql("UPDATE audit_record SET bytes=CAST(bytes AS BLOB) WHERE seq=4");
  expect_tampered("record 4:");
}
TEST_F(Verify, aMissingHeadIsFound) {
  fs::remove(dir / "audit.head");
  expect_tampered("audit.head is missing");
}
TEST_F(Verify, anEditedHeadIsFound) {
  std::ostringstream text;
  text << std::ifstream{dir / "audit.head"}.rdbuf();
  std::ofstream{dir / "audit.head"} << replaced(text.str(), "size 10", "size 9");
  expect_tampered("audit.head");
}
TEST_F(Verify, aHeadSignedByAnotherKeyIsFound) {
  auto const text = [&] {
    std::ostringstream t;
    t << std::ifstream{dir / "audit.head"}.rdbuf();
    return t.str();
  }();
  std::ofstream{dir / "audit.head"} << sign_head(parse_head(text).value(), master_key(9));
  expect_tampered("another key");
}

TEST_F(Verify, aWholeRehashedChainDoesNotMeetTheSignedHead) {
  rehash([](std::int64_t, std::string f) { return replaced(std::move(f), "r4", "r5"); });
  expect_tampered("record 9: the log up to here differs from audit.head");
}
TEST_F(Verify, aRestartDoesNotSignARehashedChain) {
  rehash([](std::int64_t, std::string f) { return replaced(std::move(f), "r4", "r5"); });
  auto const opened = open_in(dir.path());
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message().find("record 9 is not what audit.head was signed over"),
            std::string::npos);
  expect_tampered("record 9: the log up to here differs from audit.head");
}
// The chain has no key: who has the file can go on with it behind the signed head. Verify, which has no key
// either, sees that the row state is of another log; the gateway sees which record it is.
TEST_F(Verify, aRestartRefusesARecordThatItDidNotWrite) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open((dir / "tsg.db").c_str(), &db), SQLITE_OK);
  ChainHead head;
  head.size = 10;
  sqlite3_exec(
      db, "SELECT hash FROM audit_record WHERE seq=9",
      [](void* to, int, char** row, char**) {
        std::copy_n(reinterpret_cast<std::uint8_t const*>(row[0]), 32, static_cast<Digest*>(to)->begin());
        return 0;
      },
      &head.chain, nullptr);
  sqlite3_close(db);
  std::string bytes;
  append_record(head, fields("forged"), bytes);
  sql("INSERT INTO audit_record VALUES(10,'" + bytes + "',x'" + to_hex(head.chain) + "')");
  EXPECT_EQ(verdict().exit_code, 4) << verdict().message;
  EXPECT_NE(verdict().message.find("are those of a log of 10 records"), std::string::npos)
      << verdict().message;
  EXPECT_NE(verdict().message.find("1 of them behind the signed head"), std::string::npos)
      << verdict().message;
  auto const opened = open_in(dir.path());
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message().find("record 10 is not"), std::string::npos) << opened.error().message();
}

TEST_F(Verify, rehashingWithoutAnEditChangesNothing) {  // control of the test above
  rehash([](std::int64_t, std::string f) { return f; });
  EXPECT_EQ(verdict().exit_code, 0) << verdict().message;
}
TEST_F(Verify, forgedTypesAreAnswersNotCrashes) {
  for (auto const& [from, to] :
       std::vector<std::pair<std::string, std::string>>{{"\"prev\":\"", "\"prev\":1,\"x\":\""},
                                                        {"\"seq\":4", "\"seq\":\"4\""},
                                                        {"\"epoch\":1", "\"epoch\":{}"},
                                                        {"\"epoch\":1", "\"epoch\":2"},
                                                        {"\"kind\":\"request\"", "\"kind\":[]"},
                                                        {"\"after\":{", "\"after\":7,\"x\":{"},
                                                        {"{\"v\":1", "[\"v\",1"}}) {
    rehash([&](std::int64_t, std::string b) { return replaced(std::move(b), from, to); }, true);
    EXPECT_EQ(verdict().exit_code, 1) << from << " -> " << to;
  }
}

TEST_F(Verify, aCheckpointThatFitsIsFine) {
  fs::copy_file(dir / "audit.head", dir / "kept");
  EXPECT_EQ(against(dir / "kept").exit_code, 0);
  {
    auto store = open_in(dir.path()).value();
    EXPECT_TRUE(test::run(store->append(fields("later"))));
  }
  EXPECT_EQ(against(dir / "kept").exit_code, 0) << against(dir / "kept").message;
}
TEST_F(Verify, aCheckpointThatCannotBeCheckedIsTwo) {
  std::ofstream{dir / "garbage"} << "garbage";
  EXPECT_EQ(against(dir / "garbage").exit_code, 2);
  EXPECT_EQ(against(dir / "absent").exit_code, 3) << "it cannot be read, which says nothing of the log";
  test::TempDir other;
  open_in(other.path(), false, 9).value()->close();
  EXPECT_EQ(against(other / "audit.head").exit_code, 2);
}
TEST_F(Verify, aLogCutBehindItsHeadIsRevealedByTheCheckpoint) {
  fs::copy_file(dir / "tsg.db", dir / "old.db");
  fs::copy_file(dir / "audit.head", dir / "old.head");
  {
    auto store = open_in(dir.path()).value();
    EXPECT_TRUE(test::run(store->append(fields("inconvenient"))));
  }
  fs::copy_file(dir / "audit.head", dir / "kept");
  fs::copy_file(dir / "old.db", dir / "tsg.db", fs::copy_options::overwrite_existing);
  fs::copy_file(dir / "old.head", dir / "audit.head", fs::copy_options::overwrite_existing);
  EXPECT_EQ(verdict().exit_code, 0);  // the folder alone cannot know
  EXPECT_EQ(against(dir / "kept").exit_code, 1);
}
// Where several things hold, the one that says least about others' honesty comes first.
TEST_F(Verify, theOrderOfSeveralFindingsIsThreeOneTwoFour) {
  std::ofstream{dir / "garbage"} << "garbage";
  sql("UPDATE document SET json='x'; INSERT INTO meta(name,value) VALUES('odd',1)");
  EXPECT_EQ(verdict().exit_code, 4) << verdict().message;
  EXPECT_EQ(against(dir / "garbage").exit_code, 2);
  sql("UPDATE audit_record SET bytes=replace(bytes,'r4','r5') WHERE seq=4");
  EXPECT_EQ(against(dir / "garbage").exit_code, 1);
  fs::remove(dir / "audit.head");
  fs::create_directory(dir / "audit.head");
  auto const all = against(dir / "garbage");
  EXPECT_EQ(all.exit_code, 3) << all.message;
  EXPECT_NE(all.message.find("not a regular file\n"), std::string::npos) << all.message;
  EXPECT_NE(all.message.find("record 4:"), std::string::npos)
      << "what could be read is told: " << all.message;
}

// A head that does not end, that nobody writes, that is no file: refused in the system's words, never read
// on.
TEST_F(Verify, aHeadThatIsNoFileIsNotReadAndNotCalledTampered) {
  auto const head = dir / "audit.head";
  auto const expect_unreadable = [&](char const* what) {
    auto const v = verdict();
    EXPECT_EQ(v.exit_code, 3) << what << ": " << v.message;
    EXPECT_EQ(v.message.find("tampered"), std::string::npos) << v.message;
    fs::remove(head);
  };
  fs::remove(head);
  fs::create_symlink("/dev/zero", head);
  expect_unreadable("a device");
  ASSERT_EQ(::mkfifo(head.c_str(), 0600), 0);
  expect_unreadable("a pipe");
  fs::create_directory(head);
  expect_unreadable("a folder");
  std::ofstream{head} << std::string(100'000, 'x');
  expect_unreadable("too large");
}

TEST_F(Verify, aDatabaseThatIsLockedIsNotCalledTampered) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open((dir / "tsg.db").c_str(), &db), SQLITE_OK);
  sqlite3_exec(db, "PRAGMA locking_mode=EXCLUSIVE; PRAGMA journal_mode=DELETE; BEGIN EXCLUSIVE", nullptr,
               nullptr, nullptr);
  auto const v = verify(dir.path(), std::nullopt, std::chrono::milliseconds{10});
  sqlite3_close(db);
  EXPECT_EQ(v.exit_code, 3) << v.message;
  EXPECT_NE(v.message.find("locked"), std::string::npos) << v.message;
}

TEST_F(Verify, aDamagedDatabaseIsTamperedAndItsTextIsPrintable) {
  fs::resize_file(dir / "tsg.db", fs::file_size(dir / "tsg.db") / 2);
  EXPECT_EQ(verdict().exit_code, 1) << verdict().message;
  std::ofstream{dir / "tsg.db"} << "no database at all, and long enough to be looked at as if it were one";
  EXPECT_EQ(verdict().exit_code, 1) << verdict().message;
}

// What SQLite runs by itself would show the gateway other rows than verify reads.
TEST_F(Verify, aViewATriggerOrAnotherTableIsNamed) {
  for (auto const& [what, statement] : std::vector<std::pair<std::string, std::string>>{
           {"trigger 'swallow'",
            "CREATE TRIGGER swallow BEFORE INSERT ON audit_record BEGIN SELECT RAISE(IGNORE); END"},
           {"view 'shown'", "CREATE VIEW shown AS SELECT * FROM audit_record"},
           {"index 'slow'", "CREATE INDEX slow ON audit_record(bytes)"},
           {"table 'mine?'", "CREATE TABLE \"mine\x1b\"(a)"},
       }) {
    test::TempDir copy;
    for (auto const* file : {"tsg.db", "audit.head"}) fs::copy_file(dir / file, copy / file);
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((copy / "tsg.db").c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, statement.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(db);
    sqlite3_close(db);
    auto const v = store::verify(copy.path(), std::nullopt);
    EXPECT_EQ(v.exit_code, 1) << v.message;
    EXPECT_NE(v.message.find(what), std::string::npos) << v.message;
    auto const opened = open_in(copy.path());
    ASSERT_FALSE(opened) << what;
    EXPECT_NE(opened.error().message().find(what), std::string::npos) << opened.error().message();
  }
}
TEST_F(Verify, aTableInAnotherShapeIsNamed) {
  sql("ALTER TABLE audit_record ADD COLUMN mine TEXT");
  expect_tampered("table 'audit_record' is not as this gateway makes it");
}
TEST_F(Verify, statisticsForThePlannerAreNobodysBusiness) {
  sql("ANALYZE");
  EXPECT_EQ(verdict().exit_code, 0) << verdict().message;
  EXPECT_TRUE(open_in(dir.path()));
}

TEST_F(Verify, noDatabaseIsAUsageError) {
  test::TempDir empty;
  EXPECT_EQ(store::verify(empty.path(), std::nullopt).exit_code, 3);
}

}  // namespace
}  // namespace tsg::store
