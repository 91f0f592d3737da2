// Rows that no record names, in the hands of somebody who can write the folder and has no key: a start says
// so, and an honest end, at any point, is not taken for an edit.
#include "store/row_state.hpp"

#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <functional>
#include <set>

#include "store/dispatch_map.hpp"
#include "store/sqlite/db.hpp"
#include "store/sqlite/migrate.hpp"
#include "store_fixture.hpp"
#include "tsg/audit/head_file.hpp"

namespace tsg::store {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMapHeader = 64;
constexpr auto kAll = fs::copy_options::recursive | fs::copy_options::overwrite_existing;

void write_sql(fs::path const& folder, std::string const& text) {
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open((folder / "tsg.db").c_str(), &db), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(db, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(db) << ": " << text;
  EXPECT_GT(sqlite3_total_changes(db), 0) << "an edit that edits nothing: " << text;
  sqlite3_close(db);
}

Result<std::unique_ptr<Store>> open_with_pepper(fs::path const& folder) {
  SqliteOptions o;
  o.data_dir = folder;
  o.durable = false;
  o.software = "test";
  o.pepper_check = Digest{1, 2, 3};
  o.audit_slots = 200;
  return open_sqlite(o, master_key(), fixed_clock);
}

Admission with_claim(std::string key, std::int64_t hold, std::uint8_t n) {
  auto a = admission(hold, n);
  IdempotencyClaim c;
  c.scope = "key_1 POST /v1/chat/completions";
  c.key = std::move(key);
  c.fingerprint.fill(n);
  c.expires_at_ms = kNowMs + 86'400'000;
  a.claim = std::move(c);
  return a;
}

// A folder as kill -9 leaves it: of the holds 700 was sent, 900 was not, both with claims; before them
// settled calls, one of them with an answer that is kept, a document, an alert, and the time of a key's use.
class LeftBehind : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    left_ = new test::TempDir;
    pid_t const pid = ::fork();
    if (pid == 0) {
      live();
      ::_exit(0);
    }
    int status = 1;
    ::waitpid(pid, &status, 0);
    ASSERT_EQ(status, 0);
  }
  static void TearDownTestSuite() {
    delete left_;
    left_ = nullptr;
  }
  static void live() {
    AuditSlot const slot;
    auto const must = [](auto result) {
      if (!result) ::_exit(1);
      return std::move(*result);
    };
    {
      auto store = must(open_with_pepper(left_->path()));
      Change c;
      auto& d = c.writes.emplace_back();
      d.kind = "org";
      d.id = "acme";
      d.json = R"({"n":1})";
      d.changed_at = fixed_clock.wall();
      c.records.push_back(fields("made"));
      must(test::run(store->change(std::move(c))));
      auto first = with_claim("kept", 500, 1);
      first.budgets = {budget("org", "acme", 550)};
      first.budgets[0].alerts_percent = {50};
      auto const hold = must(test::run(store->admit(slot, std::move(first)))).hold;
      auto s = settlement(hold, 300);
      StoredAnswer answer;
      answer.status = 200;
      answer.content_type = "application/json";
      answer.sealed_body = Bytes(64, 7);
      answer.request_id = request_id(1);
      s.answer = std::move(answer);
      if (!test::run(store->settle(slot, std::move(s)))) ::_exit(2);
      auto back = settlement(must(test::run(store->admit(slot, admission(70, 2)))).hold, 0);
      back.release = true;
      if (!test::run(store->settle(slot, std::move(back)))) ::_exit(2);
      if (!test::run(store->note_used({{"key_1", fixed_clock.wall()}}))) ::_exit(2);
    }
    auto& store = *must(open_with_pepper(left_->path())).release();
    auto const sent = must(test::run(store.admit(slot, with_claim("sent", 700, 3)))).hold;
    must(test::run(store.admit(slot, with_claim("unsent", 900, 4))));
    store.mark_dispatched(sent);
  }

  struct Copy {
    Copy() { fs::copy(left_->path(), dir.path(), kAll); }
    void sql(std::string const& text) const { write_sql(dir.path(), text); }
    std::int64_t number(char const* query) const {
      Db db{dir / "tsg.db", SQLITE_OPEN_READWRITE};
      return db.integer(query);
    }
    // What the next start says; "" = nothing.
    std::string start() {
      auto opened = open_with_pepper(dir.path());
      if (!opened) return std::string{opened.error().message()};
      recovery = (*opened)->recovery();
      settled = test::run((*opened)->key_totals("key_1", WallTime{})).value().settled;
      AuditQuery q;
      q.equals = {{"kind", "rows.differ"}};
      auto const rows = test::run((*opened)->audit(q)).value().rows;
      return rows.empty() ? "" : nlohmann::json::parse(rows.front().bytes).value("detail", "");
    }
    VerifyReport verdict() const { return store::verify(dir.path(), std::nullopt); }
    // Said by the start, and listed from then on.
    void expect_told(std::string const& what, std::string const& edit) {
      auto const said = start();
      EXPECT_NE(said.find(what), std::string::npos) << edit << ": '" << said << "'";
      auto const v = verdict();
      EXPECT_EQ(v.exit_code, 4) << edit << "\n" << v.message;
      EXPECT_EQ(start(), said) << "what was told once is not told again";
    }
    test::TempDir dir;
    Recovery recovery;
    Nano settled;
  };

  static test::TempDir* left_;
};
test::TempDir* LeftBehind::left_ = nullptr;

TEST_F(LeftBehind, anHonestEndIsNotAnEdit) {
  Copy copy;
  EXPECT_EQ(copy.verdict().exit_code, 0) << copy.verdict().message;
  EXPECT_EQ(copy.start(), "");
  EXPECT_EQ(copy.recovery.holds_settled, 1);
  EXPECT_EQ(copy.recovery.holds_released, 1);
  EXPECT_EQ(copy.settled, Nano{1'000});
  EXPECT_EQ(copy.verdict().exit_code, 0) << copy.verdict().message;
  EXPECT_EQ(copy.start(), "");
}

// Who dies between a commit and the word of it in the map, or before a commit, has one of both words.
TEST_F(LeftBehind, anEndBesideACommitIsNotAnEdit) {
  for (auto const offset : {32, 40}) {  // the word before the commit, and the one after it
    Copy copy;
    std::fstream map{copy.dir / "dispatch.map", std::ios::in | std::ios::out | std::ios::binary};
    map.seekp(offset);
    map.write("\1\2\3\4\5\6\7", 8);
    map.close();
    EXPECT_EQ(copy.start(), "") << offset;
    EXPECT_EQ(copy.verdict().exit_code, 0) << copy.verdict().message;
  }
}

TEST_F(LeftBehind, aForgedHoldIsToldAndNotSettled) {
  std::string const forge =
      "INSERT INTO ledger SELECT "
      "id+6553600,request_id,time_ms,key_id,org,team,environment,provider,model,5000000,"
      "state,cost,estimated,input_tokens,output_tokens,price_version,parts,model_requested,cached_tokens,"
      "settled_seq,"
      "markup FROM ledger WHERE hold=700";
  for (bool const with_map : {true, false}) {
    Copy copy;
    copy.sql(forge);
    if (!with_map) fs::remove(copy.dir / "dispatch.map");
    EXPECT_EQ(copy.verdict().exit_code, 4) << copy.verdict().message;
    copy.expect_told("1 open hold was not written by this gateway", forge);
    EXPECT_EQ(copy.number("SELECT coalesce(sum(cost),0) FROM ledger WHERE hold=5000000"), 0);
    EXPECT_EQ(copy.number("SELECT count(*) FROM ledger WHERE state=0"), 0);
  }
}

TEST_F(LeftBehind, aHoldThatWasErasedOrChangedIsTold) {
  for (auto const& [edit, said] : std::vector<std::pair<std::string, std::string>>{
           {"DELETE FROM ledger WHERE hold=700", "2 open holds had been left, and there were 1"},
           {"DELETE FROM ledger WHERE state=0", "and there were 0"},
           {"UPDATE ledger SET hold=0 WHERE state=0", "2 open holds were not written"},
           {"UPDATE ledger SET hold=NULL WHERE hold=700", "1 open hold was not written"},
           {"UPDATE ledger SET key_id='key_2' WHERE hold=700", "1 open hold was not written"},
           {"UPDATE ledger SET parts=(SELECT parts FROM ledger WHERE hold=900) WHERE hold=700",
            "not written"},
           {"UPDATE ledger SET parts=zeroblob(192) WHERE hold=700", "not written"},
           {"UPDATE ledger SET state=2,cost=0 WHERE hold=700", "and there were 1"},
           {"UPDATE meta SET value=1<<40 WHERE name='open_holds_from'", "2 open holds had been left"},
           {"DELETE FROM meta WHERE name='key_pepper_check'", "table meta"},
           {"DELETE FROM ledger WHERE hold=700; DELETE FROM idempotency WHERE key='sent'",
            "and there were 1"}}) {
    Copy copy;
    copy.sql(edit);
    copy.expect_told(said, edit);
  }
}

// Without the state a start takes all as it is, which it says, and which nobody may do twice.
TEST_F(LeftBehind, aStateThatIsMissingOrDamagedIsListed) {
  for (auto const* edit : {"DELETE FROM meta WHERE name='rows_state'; DELETE FROM ledger WHERE state=0",
                           "UPDATE meta SET value='x' WHERE name='rows_state'",
                           "UPDATE meta SET value=replace(value,'map 1','map 0') WHERE name='rows_state'",
                           "UPDATE meta SET value=replace(value,'holds 2','holds 1') WHERE "
                           "name='rows_state'; DELETE FROM ledger WHERE hold=700"}) {
    Copy copy;
    copy.sql(edit);
    (void)copy.start();
    EXPECT_EQ(copy.verdict().exit_code, 4) << edit << "\n" << copy.verdict().message;
  }
}

TEST_F(LeftBehind, aClaimThatWasErasedOrChangedIsToldAndNeverReplayed) {
  for (auto const& [edit, said] : std::vector<std::pair<std::string, std::string>>{
           {"DELETE FROM idempotency WHERE key='kept'", "3 idempotency keys had been left, and there were 2"},
           {"UPDATE idempotency SET key='other' WHERE key='kept'", "1 idempotency key was not written"},
           {"UPDATE idempotency SET fingerprint=zeroblob(32) WHERE key='kept'",
            "1 idempotency key was not written"},
           {"UPDATE idempotency SET state=2 WHERE key='kept'", "1 idempotency key was not written"},
           {"UPDATE idempotency SET expires_ms=0 WHERE key='kept'", "1 idempotency key was not written"},
           {"UPDATE idempotency SET status=500 WHERE key='kept'", "1 idempotency key was not written"},
           {"UPDATE idempotency SET seal=NULL WHERE key='kept'", "1 idempotency key was not written"},
           {"UPDATE idempotency SET sealed_body=NULL WHERE key='kept'", "1 idempotency key was not written"},
           {"DELETE FROM key_used", "1 time of use had been left, and there were 0"},
           {"UPDATE key_used SET at_ms=at_ms-1", "not as this gateway left them"}}) {
    Copy copy;
    copy.sql(edit);
    copy.expect_told(said, edit);
    if (edit.starts_with("DELETE")) continue;
    auto const store = open_with_pepper(copy.dir.path()).value();
    auto const again = test::run(store->admit(AuditSlot{}, with_claim("kept", 10, 1))).value();
    bool const renamed = edit.find("SET key=") != std::string::npos,
               used = edit.find("key_used") != std::string::npos;
    if (renamed || used) continue;
    EXPECT_EQ(again.kind, Admitted::Kind::refused) << edit;
  }
}

TEST_F(LeftBehind, aClaimEditedUnderTheRunningStoreIsToldWhenItIsMet) {
  Copy copy;
  auto store = open_with_pepper(copy.dir.path()).value();
  copy.sql("UPDATE idempotency SET sealed_body=zeroblob(64),body_sha256=zeroblob(32) WHERE key='kept'");
  auto const met = test::run(store->admit(AuditSlot{}, with_claim("kept", 10, 1))).value();
  ASSERT_EQ(met.kind, Admitted::Kind::refused);
  EXPECT_EQ(met.refusal->code(), Errc::idempotency_indeterminate);
  store.reset();
  EXPECT_NE(copy.start().find("1 idempotency key"), std::string::npos);
  EXPECT_EQ(copy.verdict().exit_code, 4) << copy.verdict().message;
}

TEST_F(LeftBehind, anAnswerThatWasChangedIsListed) {
  Copy copy;
  copy.sql("UPDATE idempotency SET sealed_body=zeroblob(64) WHERE key='kept'");
  auto const v = copy.verdict();
  EXPECT_EQ(v.exit_code, 4);
  EXPECT_NE(v.message.find("kept answers are not those that were sealed (first: kept)"), std::string::npos)
      << v.message;
}

// The map says which holds were sent. Who clears, replaces or removes it must not make them unsent.
TEST_F(LeftBehind, aMapThatSaysSomethingElseIsTold) {
  auto const bytes = [&](std::function<void(std::string&)> const& edit) {
    return [edit](fs::path const& map) {
      std::ifstream in{map, std::ios::binary};
      std::string all{std::istreambuf_iterator<char>{in}, {}};
      edit(all);
      std::ofstream{map, std::ios::binary} << all;
    };
  };
  for (auto const& [what, edit, said] :
       std::vector<std::tuple<char const*, std::function<void(fs::path const&)>, char const*>>{
           {"removed", [](fs::path const& map) { fs::remove(map); }, "dispatch.map was missing"},
           {"slots cleared",
            bytes([](std::string& all) { std::fill(all.begin() + kMapHeader, all.end(), '\0'); }),
            "dispatch.map did not say of 2 open holds"},
           {"slots swapped",
            bytes([](std::string& all) {  // the second slot's hold was not sent
              std::copy_n(all.begin() + kMapHeader + 8, 8, all.begin() + kMapHeader);
            }),
            "dispatch.map did not say of 1 open hold whether"},
           {"all zero", bytes([](std::string& all) { std::fill(all.begin(), all.end(), '\0'); }),
            "dispatch.map was not written by this gateway"},
           {"another boot", bytes([](std::string& all) { all[9] = static_cast<char>(all[9] ^ 1); }),
            "dispatch.map was not written by this gateway"},
           {"an older form", bytes([](std::string& all) { all[7] = '1'; }), "dispatch.map was not written"},
           {"no state", bytes([](std::string& all) { std::fill(all.begin() + 32, all.begin() + 48, '\0'); }),
            "not of one moment"},
           {"garbage", [](fs::path const& map) { std::ofstream{map} << "garbage"; },
            "dispatch.map was not written"}}) {
    Copy copy;
    edit(copy.dir / "dispatch.map");
    if (std::string{what} == "garbage") {
      EXPECT_NE(copy.verdict().message.find("dispatch.map is not a file"), std::string::npos)
          << copy.verdict().message;
    }
    copy.expect_told(said, what);
    EXPECT_GE(copy.settled, Nano{1'000}) << what << ": what was sent is paid";
  }
}

// Cut off what was committed last: the database alone is whole, and the map knows that there was more.
TEST_F(LeftBehind, aWriteAheadLogThatWasCutOffIsTold) {
  for (bool const all : {false, true}) {
    Copy copy;
    auto const wal = copy.dir / "tsg.db-wal";
    ASSERT_GT(fs::file_size(wal), 0u);
    if (all)
      fs::remove(wal);
    else
      fs::resize_file(wal, fs::file_size(wal) - 1);
    copy.expect_told("not of one moment", all ? "removed" : "cut");
  }
}

TEST_F(LeftBehind, aFileThatIsNoneIsNamed) {
  for (auto const* name : {"dispatch.map", "tsg.lock", "tsg.db-wal", "tsg.db-shm"}) {
    for (auto const& put : std::vector<std::function<void(fs::path const&)>>{
             [](fs::path const& at) { fs::create_directory(at); },
             [](fs::path const& at) { fs::create_symlink("/dev/null", at); },
             [](fs::path const& at) { ASSERT_EQ(::mkfifo(at.c_str(), 0600), 0); }}) {
      Copy copy;
      fs::remove(copy.dir / name);
      put(copy.dir / name);
      auto const v = copy.verdict();
      EXPECT_EQ(v.exit_code, 3) << name << v.message;
      EXPECT_NE(v.message.find("not a regular file"), std::string::npos) << v.message;
      EXPECT_NE(copy.start().find("is not a regular file: remove it"), std::string::npos) << name;
    }
  }
}

// What keeps the promise: every column of every table, whoever adds one. README.md lists what proves nothing.
TEST_F(LeftBehind, everyColumnOfEveryTableIsHeldBySomething) {
  std::set<std::string> const proves_nothing{"sqlite_stat1", "sqlite_stat4"};  // plans, never answers
  std::vector<std::string> edits;
  {
    Copy whole;
    whole.start();  // all holds are closed: the open ones of a running gateway come below
    Db db{whole.dir / "tsg.db", SQLITE_OPEN_READWRITE};
    db.exec("ANALYZE");
    std::vector<std::string> tables;
    Statement all{db, "SELECT name FROM sqlite_schema WHERE type='table' ORDER BY name"};
    while (all.step()) tables.emplace_back(all.text(0));
    ASSERT_GE(tables.size(), 11u);
    for (auto const& table : tables) {
      if (proves_nothing.contains(table)) continue;
      std::vector<std::string> keys, columns;
      Statement info{db, ("SELECT name,pk FROM pragma_table_info('" + table + "')").c_str()};
      while (info.step()) {
        columns.emplace_back(info.text(0));
        if (info.integer(1) != 0) keys.emplace_back(info.text(0));
      }
      ASSERT_FALSE(keys.empty()) << table;
      std::string names;
      for (auto const& key : keys) names += (names.empty() ? "" : ",") + key;
      Statement count{db, ("SELECT count(*) FROM " + table).c_str()};
      ASSERT_TRUE(count.step());
      auto const rows = count.integer(0);
      ASSERT_GT(rows, 0) << table << " is empty: nothing would be tried";
      for (std::int64_t n = 0;
           n<std::min<std::int64_t>(rows, 12); n += rows> 6 && table == "audit_record" ? 4 : 1) {
        auto const where = " WHERE (" + names + ")=(SELECT " + names + " FROM " + table + " ORDER BY " +
                           names + " LIMIT 1 OFFSET " + std::to_string(n) + ")";
        edits.push_back("DELETE FROM " + table + where);
        for (auto const& c : columns)
          edits.push_back("UPDATE OR REPLACE " + table + " SET " + c + "=CASE typeof(" + c +
                          ") WHEN 'integer' THEN " + c +
                          "+1 WHEN 'null' THEN 1 WHEN 'blob' THEN zeroblob(length(" + c + ")) ELSE " + c +
                          "||'x' END" + where);
      }
    }
  }
  for (bool const started : {true, false}) {
    Copy whole;
    if (started) (void)whole.start();
    for (auto const& edit : edits) {
      // While it is open a hold's row has no cost, counts or prices: nobody reads them, and its end writes
      // them.
      Copy copy;
      if (started) {
        fs::remove_all(copy.dir.path());
        fs::copy(whole.dir.path(), copy.dir.path(), kAll);
      }
      bool const nothing_changed = [&] {
        sqlite3* db = nullptr;
        sqlite3_open((copy.dir / "tsg.db").c_str(), &db);
        EXPECT_EQ(sqlite3_exec(db, edit.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
            << sqlite3_errmsg(db) << edit;
        bool const none = sqlite3_total_changes(db) == 0;
        sqlite3_close(db);
        return none;
      }();
      if (nothing_changed && !started) continue;  // a row that the end of a hold has made
      if (copy.verdict().exit_code != 0) continue;
      auto const said = copy.start();
      EXPECT_TRUE(!said.empty() || copy.verdict().exit_code != 0) << edit;
    }
  }
}

// An older build's folder, as kill -9 left it: what is there is taken over once, in a record, and is no edit.
TEST(RowStateUpgrade, aFolderFromBeforeThereWasAStateIsTakenOver) {
  test::TempDir dir;
  auto const record_key = audit::record_key(master_key());
  auto const seed = audit::signing_seed(master_key());
  {
    Db db{dir / "tsg.db", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE};
    db.exec("PRAGMA journal_mode=WAL");
    migrate(db, 6);
    audit::Record genesis;
    genesis.kind = "log.genesis";
    genesis.time = fixed_clock.wall();
    genesis.after_json =
        nlohmann::json{{"public_key", to_hex(crypto::ed25519_public(seed))}, {"format", 1}}.dump();
    std::string text, bytes;
    audit::append_fields(text, genesis);
    audit::SignedHead head;
    head.origin = "n1/1";
    head.time = fixed_clock.wall();
    audit::append_record(head.head, text, bytes, {}, &record_key);
    Statement{db, "INSERT INTO audit_record VALUES(0,?,?)"}
        .bind(std::string_view{bytes})
        .bind_blob(head.head.chain)
        .run();
    db.exec("INSERT INTO meta(name,value) VALUES('rows_sealed',1)");
    db.exec(
        "INSERT INTO "
        "ledger(id,request_id,time_ms,key_id,org,team,environment,provider,model,model_requested,hold,"
        "parts,markup,state) "
        "VALUES(65536,zeroblob(16),1,'key_1','acme','t','e','p','m','m',700,zeroblob(192),0,0)");
    db.exec(
        "INSERT INTO "
        "idempotency(scope,key,fingerprint,state,hold_id,expires_ms,request_id,status,content_type,"
        "sealed_body,org) "
        "VALUES('s','k',zeroblob(32),1,1,1795000009000,zeroblob(16),200,'application/json',x'0102',"
        "'acme')");
    std::ofstream{dir / "audit.head"} << audit::sign_head(head, seed);
  }
  auto store = open_in(dir.path()).value();
  EXPECT_EQ(store->recovery().holds_settled, 1);
  EXPECT_FALSE(store->recovery().new_epoch);
  auto again = admission(10, 5);
  IdempotencyClaim c;
  c.scope = "s";
  c.key = "k";
  c.expires_at_ms = kNowMs + 5000;
  again.claim = c;
  auto const replay = test::run(store->admit(AuditSlot{}, std::move(again))).value();
  ASSERT_EQ(replay.kind, Admitted::Kind::replay);
  EXPECT_EQ(replay.replay->sealed_body, (Bytes{1, 2}));
  store.reset();
  auto const v = store::verify(dir.path(), std::nullopt);
  EXPECT_EQ(v.exit_code, 0) << v.message;
  store = open_in(dir.path()).value();
  AuditQuery q;
  q.equals = {{"kind", "rows.adopt"}};
  EXPECT_EQ(test::run(store->audit(q)).value().rows.size(), 1u);
  store.reset();
  write_sql(dir.path(), "DELETE FROM meta WHERE name='rows_state'");
  EXPECT_EQ(store::verify(dir.path(), std::nullopt).exit_code, 4);
  open_in(dir.path()).value()->close();
  EXPECT_NE(store::verify(dir.path(), std::nullopt).message.find("although their state was kept"),
            std::string::npos);
}

}  // namespace
}  // namespace tsg::store
