// `tsg audit verify` against whoever holds the files: every edit is found, and the first bad record is named.
#include "tsg/audit/verify.hpp"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <functional>
#include <sstream>

#include "tsg/audit/chain.hpp"
#include "tsg/audit/head_file.hpp"
#include "unit/store/store_fixture.hpp"

namespace tsg::audit {
namespace {

namespace fs = std::filesystem;

// A log of ten records (genesis, r1 … r9), closed; tests work on its files.
struct Verify : ::testing::Test {
  Verify() {
    auto store = store::open_in(dir.path()).value();
    for (int i = 1; i < 10; ++i)
      EXPECT_TRUE(test::run(store->append(store::fields("r" + std::to_string(i)))));
  }
  void sql(std::string const& text) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((dir / "tsg.db").c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
  }
  VerifyReport verdict() { return verify(dir.path(), std::nullopt); }
  VerifyReport against(fs::path const& checkpoint) { return verify(dir.path(), checkpoint); }
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
  std::ofstream{dir / "audit.head"} << sign_head(parse_head(text).value(), store::master_key(9));
  expect_tampered("another key");
}

TEST_F(Verify, aWholeRehashedChainDoesNotMeetTheSignedHead) {
  rehash([](std::int64_t, std::string f) { return replaced(std::move(f), "r4", "r5"); });
  expect_tampered("record 9: the log up to here differs from audit.head");
}
TEST_F(Verify, aRestartDoesNotSignARehashedChain) {
  rehash([](std::int64_t, std::string f) { return replaced(std::move(f), "r4", "r5"); });
  auto const opened = store::open_in(dir.path());
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message().find("record 9 is not what audit.head was signed over"),
            std::string::npos);
  expect_tampered("record 9: the log up to here differs from audit.head");
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
    auto store = store::open_in(dir.path()).value();
    EXPECT_TRUE(test::run(store->append(store::fields("later"))));
  }
  EXPECT_EQ(against(dir / "kept").exit_code, 0) << against(dir / "kept").message;
}
TEST_F(Verify, aCheckpointThatCannotBeCheckedIsTwo) {
  std::ofstream{dir / "garbage"} << "garbage";
  EXPECT_EQ(against(dir / "garbage").exit_code, 2);
  EXPECT_EQ(against(dir / "absent").exit_code, 2);
  test::TempDir other;
  store::open_in(other.path(), false, 9).value()->close();
  EXPECT_EQ(against(other / "audit.head").exit_code, 2);
}
TEST_F(Verify, aLogCutBehindItsHeadIsRevealedByTheCheckpoint) {
  fs::copy_file(dir / "tsg.db", dir / "old.db");
  fs::copy_file(dir / "audit.head", dir / "old.head");
  {
    auto store = store::open_in(dir.path()).value();
    EXPECT_TRUE(test::run(store->append(store::fields("inconvenient"))));
  }
  fs::copy_file(dir / "audit.head", dir / "kept");
  fs::copy_file(dir / "old.db", dir / "tsg.db", fs::copy_options::overwrite_existing);
  fs::copy_file(dir / "old.head", dir / "audit.head", fs::copy_options::overwrite_existing);
  EXPECT_EQ(verdict().exit_code, 0);  // the folder alone cannot know
  EXPECT_EQ(against(dir / "kept").exit_code, 1);
}
TEST_F(Verify, noDatabaseIsAUsageError) {
  test::TempDir empty;
  EXPECT_EQ(verify(empty.path(), std::nullopt).exit_code, 3);
}

}  // namespace
}  // namespace tsg::audit
