// Rows beside the log that somebody edits who has the file and not the key: each contradicts a record.
#include <sqlite3.h>
#include <sys/stat.h>

#include "store_fixture.hpp"

namespace tsg::store {
namespace {

namespace fs = std::filesystem;

// Two organisations, one of them changed and one deleted, two calls of which one was released, an alert.
struct SealedRows : StoreTest {
  SealedRows() {
    write("acme", 0, R"({"n":1})");
    write("acme", 1, R"({"n":2})");
    write("gone", 0, "{}");
    write("gone", 1, "{}", true);
    auto asked = admission(500, 1);
    asked.budgets = {budget("org", "acme", 550)};
    asked.budgets[0].alerts_percent = {50};
    EXPECT_TRUE(settle(settlement(admit(std::move(asked)).hold, 300)));
    auto given_back = settlement(admit(admission(70, 2)).hold, 0);
    given_back.release = true;
    EXPECT_TRUE(settle(std::move(given_back)));
    store.reset();
    EXPECT_EQ(verdict().exit_code, 0) << verdict().message;
  }
  void write(std::string id, std::int64_t version, std::string json, bool deleted = false) {
    Change c;
    auto& d = c.writes.emplace_back();
    d.kind = "org";
    d.id = std::move(id);
    d.version = version;
    d.json = std::move(json);
    d.deleted = deleted;
    d.changed_at = fixed_clock.wall();
    c.records.push_back(fields("changed"));
    EXPECT_TRUE(test::run(store->change(std::move(c))));
  }
  static void sql(fs::path const& folder, std::string const& text) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((folder / "tsg.db").c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    EXPECT_GT(sqlite3_total_changes(db), 0) << "an edit that edits nothing: " << text;
    sqlite3_close(db);
  }
  VerifyReport verdict() { return store::verify(dir.path(), std::nullopt); }
};

TEST_F(SealedRows, everyEditOfEveryColumnIsABreak) {
  std::vector<std::string> edits{
      "DELETE FROM document WHERE id='acme'",
      "DELETE FROM document WHERE id='gone'",
      "DELETE FROM document_version WHERE id='acme' AND version=1",
      "INSERT INTO document VALUES('org','mine',1,0,'{}',0)",
      "INSERT INTO document_version VALUES('org','acme',3,0,'{}',0,2)",
      "DELETE FROM ledger WHERE state=1",
      "DELETE FROM ledger WHERE state=2",
      "INSERT INTO ledger SELECT "
      "id+6553600,request_id,time_ms,key_id,org,team,environment,provider,model,hold,state,"
      "cost,estimated,input_tokens,output_tokens,price_version,parts,model_requested,cached_tokens,settled_"
      "seq,"
      "markup FROM ledger WHERE state=1",
      "DELETE FROM usage_quarter",
      "DELETE FROM usage_day",
      "DELETE FROM usage_dim",
      "INSERT INTO usage_dim VALUES(2,'o','t','e','k','p','m')",
      "DELETE FROM budget_alert",
      "UPDATE budget_alert SET percent=60",
      "INSERT INTO budget_alert VALUES('org','acme','',0,100)",
      "DELETE FROM meta WHERE name='master_key_check'",
      "UPDATE meta SET value=1000 WHERE name='rolled_seq'",
      "INSERT INTO meta VALUES('odd',1)",
  };
  auto const each = [&](std::string const& table, std::string const& where,
                        std::vector<std::string> const& columns) {
    for (auto const& c : columns)
      edits.push_back("UPDATE " + table + " SET " + c + "=CASE typeof(" + c + ") WHEN 'integer' THEN " + c +
                      "+1 WHEN 'null' THEN 1 WHEN 'blob' THEN zeroblob(16) ELSE " + c + "||'x' END WHERE " +
                      where);
  };
  each("document", "id='acme'", {"kind", "id", "version", "deleted", "json", "changed_ms"});
  each("document_version", "id='acme' AND version=1",
       {"kind", "id", "version+0*version", "deleted", "json", "changed_ms", "seq"});
  edits.erase(std::remove_if(edits.begin(), edits.end(),
                             [](auto const& e) { return e.find("0*") != std::string::npos; }),
              edits.end());
  each("ledger", "state=1",
       {"id",
        "request_id",
        "time_ms",
        "key_id",
        "org",
        "team",
        "environment",
        "provider",
        "model",
        "hold",
        "state",
        "cost",
        "estimated",
        "input_tokens",
        "output_tokens",
        "price_version",
        "parts",
        "model_requested",
        "cached_tokens",
        "settled_seq",
        "markup"});
  for (auto const* table : {"usage_quarter", "usage_day"})
    each(table, "1",
         {"dim", "bucket", "requests", "input", "cached", "output", "cost", "estimated", "estimated_requests",
          "unpriced_requests"});
  each("usage_dim", "1", {"org", "team", "environment", "key_id", "provider", "model"});
  for (auto const& edit : edits) {
    test::TempDir copy;
    for (auto const* file : {"tsg.db", "audit.head"}) fs::copy_file(dir / file, copy / file);
    sql(copy.path(), edit);
    auto const v = store::verify(copy.path(), std::nullopt);
    EXPECT_EQ(v.exit_code, 4) << edit << "\n" << v.message;
    EXPECT_NE(v.message.find("break: "), std::string::npos) << v.message;
  }
}

// SQLite keeps any type in any column: what one query compares and another reads would be two rows.
TEST_F(SealedRows, aValueOfAnotherTypeIsNamedInVerifyAndAtAStart) {
  std::vector<std::pair<std::string, std::string>> edits;
  auto const both = [&](std::string const& column, std::string const& value) {
    edits.emplace_back("document." + column, "UPDATE document SET " + column + "=" + value +
                                                 ";UPDATE document_version SET " + column + "=" + value);
  };
  for (auto const* value : {"0.5", "x'30'", "'0x'"}) both("deleted", value);
  both("kind", "cast(kind as blob)");
  both("changed_ms", "changed_ms+0.5");
  edits.emplace_back("usage_quarter.bucket", "UPDATE usage_quarter SET bucket=cast(bucket as blob)");
  edits.emplace_back("usage_day.cost", "UPDATE usage_day SET cost=cost+0.5");
  edits.emplace_back("usage_dim.org", "UPDATE usage_dim SET org=cast(org as blob)");
  edits.emplace_back("budget_alert.percent", "UPDATE budget_alert SET percent=50.5");
  for (auto const& [column, edit] : edits) {
    test::TempDir copy;
    for (auto const* file : {"tsg.db", "audit.head"}) fs::copy_file(dir / file, copy / file);
    sql(copy.path(), edit);
    auto const v = store::verify(copy.path(), std::nullopt);
    EXPECT_EQ(v.exit_code, 1) << edit;
    EXPECT_NE(v.message.find("a value of another type in " + column), std::string::npos) << v.message;
    auto const opened = open_in(copy.path());
    ASSERT_FALSE(opened) << edit;
    EXPECT_NE(opened.error().message().find(column), std::string::npos) << opened.error().message();
  }
  // A start does not walk the ledger; verify does.
  sql(dir.path(), "UPDATE ledger SET time_ms=cast(time_ms as blob)");
  EXPECT_NE(verdict().message.find("ledger.time_ms"), std::string::npos) << verdict().message;
}

TEST_F(SealedRows, aHoldThatWouldGiveMoneyBackIsRefused) {
  sql(dir.path(),
      "UPDATE ledger SET state=0,hold=-99999999999,id=id+(1<<40) WHERE id=(SELECT max(id) FROM ledger)");
  EXPECT_EQ(verdict().exit_code, 1) << verdict().message;
  auto const opened = open_in(dir.path());
  ASSERT_FALSE(opened);
  EXPECT_NE(opened.error().message().find("a hold below zero"), std::string::npos)
      << opened.error().message();
}

TEST_F(SealedRows, aPipeInTheJournalsPlaceIsNotWaitedFor) {
  for (auto const* name : {"tsg.db-journal", "tsg.db-wal"}) {
    test::TempDir copy;
    for (auto const* file : {"tsg.db", "audit.head"}) fs::copy_file(dir / file, copy / file);
    ASSERT_EQ(::mkfifo((copy / name).c_str(), 0600), 0);
    EXPECT_EQ(store::verify(copy.path(), std::nullopt).exit_code, 3) << name;
    EXPECT_FALSE(open_in(copy.path())) << name;
  }
}

TEST_F(SealedRows, anAcknowledgementIsForWhatWasFoundAndNothingLater) {
  sql(dir.path(), "UPDATE ledger SET cost=0 WHERE state=1");
  auto const found = verdict();
  ASSERT_EQ(found.breaks.size(), 3u) << "the row, and the sums that still have it: " << found.message;
  reopen();
  audit::Record ack;
  ack.kind = "audit.acknowledge";
  ack.time = fixed_clock.wall();
  nlohmann::json const told{{"seq", 1},
                            {"breaks", {found.breaks[0].id, found.breaks[1].id, found.breaks[2].id}},
                            {"reason", "looked at"}};
  ack.after_json = told.dump();
  std::string text;
  audit::append_fields(text, ack);
  ASSERT_TRUE(test::run(store->append(text)));
  store.reset();
  auto const after = verdict();
  EXPECT_EQ(after.exit_code, 0) << after.message;
  EXPECT_NE(after.message.find("acknowledged by record"), std::string::npos)
      << "still listed: " << after.message;
  sql(dir.path(), "UPDATE ledger SET cost=1 WHERE state=1");
  EXPECT_EQ(verdict().exit_code, 4) << verdict().message;
}

TEST_F(SealedRows, aHoldThatWouldNeverBeSettledIsABreak) {
  reopen();
  ASSERT_EQ(admit(admission(400, 3)).kind, Admitted::Kind::admitted);
  store.reset();
  EXPECT_EQ(verdict().exit_code, 0) << verdict().message;
  sql(dir.path(), "UPDATE meta SET value=1<<40 WHERE name='open_holds_from'");
  EXPECT_NE(verdict().message.find("would never be settled"), std::string::npos) << verdict().message;
}

TEST_F(SealedRows, whatARunningStoreHoldsIsConsistentAtAnyMoment) {
  reopen();
  auto const hold = admit(admission(400, 3)).hold;
  EXPECT_EQ(verdict().exit_code, 0) << verdict().message;
  ASSERT_TRUE(settle(settlement(hold, 30)));
  write("late", 0, "{}");
  EXPECT_EQ(verdict().exit_code, 0) << verdict().message;
  auto const breaks = test::run(store->breaks());
  ASSERT_TRUE(breaks);
  EXPECT_TRUE(breaks->empty());
}

// A change made on top of an edit seals it: the start before it must have said that there was one.
TEST_F(SealedRows, anEditedDocumentIsOnRecordBeforeItsNextChangeHidesIt) {
  sql(dir.path(), "UPDATE document SET json='{\"n\":9}' WHERE id='acme'");
  reopen();
  AuditQuery q;
  q.equals = {{"kind", "document.differs"}};
  ASSERT_EQ(records(q).size(), 1u);
  write("acme", 2, R"({"n":9,"m":1})");
  store.reset();
  auto const v = verdict();
  EXPECT_EQ(v.exit_code, 4) << v.message;
  EXPECT_NE(v.message.find("edited in the database"), std::string::npos) << v.message;
}

// An older build's database: what was there is taken over once, in a record, and is sealed from then on.
TEST_F(SealedRows, rowsFromBeforeThereWereSealsAreTakenOverOnce) {
  test::TempDir old;
  for (auto const* file : {"tsg.db", "audit.head"}) fs::copy_file(dir / file, old / file);
  sql(old.path(),
      "DELETE FROM meta WHERE name='rows_sealed'; DELETE FROM audit_record WHERE seq>0; "
      "UPDATE ledger SET settled_seq=0 WHERE settled_seq>0; UPDATE document_version SET seq=NULL; "
      "UPDATE meta SET value=1 WHERE name='rolled_seq'; DELETE FROM budget_alert");
  fs::remove(old / "audit.head");
  open_in(old.path()).value()->close();
  auto const taken = store::verify(old.path(), std::nullopt);
  EXPECT_EQ(taken.breaks.size(), 2u) << "the missing head, and meta: " << taken.message;
  sql(old.path(), "UPDATE ledger SET cost=1 WHERE state=1");
  auto const edited = store::verify(old.path(), std::nullopt);
  EXPECT_NE(edited.message.find("took over"), std::string::npos) << edited.message;
  sql(old.path(), "DELETE FROM meta WHERE name='rows_sealed'");
  auto again = open_in(old.path()).value();
  AuditSlot const none;
  auto const admitted = test::run(again->admit(none, admission(5, 9))).value();
  ASSERT_TRUE(test::run(again->settle(none, settlement(admitted.hold, 3))));
  again.reset();
  sql(old.path(), "DELETE FROM meta WHERE name='rows_sealed'");
  open_in(old.path()).value()->close();
  EXPECT_NE(store::verify(old.path(), std::nullopt).message.find("takes rows over"), std::string::npos);
}

}  // namespace
}  // namespace tsg::store
