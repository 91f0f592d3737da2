// A trouble that passes: a full disk, another program's lock, a disk that fails, no descriptors. What was
// told to fail is not there, what was acknowledged is, no settlement is lost, and nobody has to restart
// anything.
#include "store/sqlite/outage.hpp"

#include <atomic>
#include <random>
#include <thread>

#include "store/sqlite/db.hpp"
#include "store_fixture.hpp"
#include "support/unsynced_vfs.hpp"

namespace tsg::store {
namespace {

using namespace std::chrono_literals;

TEST(OutageTest, ThePauseDoublesAndTheConnectionIsTrustedAfterBusyAndFullAlone) {
  Outage o;
  EXPECT_FALSE(o.on());
  EXPECT_EQ(o.next_try(), SteadyTime::max());
  SteadyTime now{};
  now += 1h;
  EXPECT_TRUE(o.met(SQLITE_BUSY_SNAPSHOT, now));
  EXPECT_EQ(o.next_try(), now + 100ms);
  EXPECT_FALSE(o.met(SQLITE_FULL, now)) << "it goes on";
  EXPECT_EQ(o.next_try(), now + 200ms);
  EXPECT_FALSE(o.reopen());
  EXPECT_FALSE(o.met(SQLITE_IOERR_FSYNC, now));
  EXPECT_FALSE(o.met(SQLITE_BUSY, now));
  EXPECT_TRUE(o.reopen()) << "what is not known once does not become known by waiting";
  for (int i = 0; i < 10; ++i) (void)o.met(SQLITE_FULL, now);
  EXPECT_EQ(o.next_try(), now + 3'200ms);
  o.over();
  EXPECT_FALSE(o.on() || o.reopen());
  EXPECT_TRUE(o.met(SQLITE_FULL, now));
  EXPECT_EQ(o.next_try(), now + 100ms);
}

struct StoreOutage : ::testing::Test {
  StoreOutage() { open(); }
  ~StoreOutage() override {
    disk.fill_up(false);
    disk.fail_syncs(false);
    disk.fail_opening(false);
    disk.fail_write(0);
    store.reset();
    disk.replace();
  }
  void open() {
    SqliteOptions o;
    o.data_dir = dir.path();
    o.durable = true;
    o.vfs = disk.kName;
    o.audit_slots = 200;
    o.busy = 20ms;
    o.lost = [this] { lost = true; };
    auto opened = open_sqlite(o, master_key(), fixed_clock);
    if (!opened) throw std::runtime_error{std::string{opened.error().message()}};
    store = std::move(*opened);
  }
  Result<> append(std::string const& detail) { return test::run(store->append(fields(detail))); }
  Result<Admitted> admit(Admission a) { return test::run(store->admit(slot, std::move(a))); }
  Result<> settle(Settlement s) { return test::run(store->settle(slot, std::move(s))); }
  // A limit, so that a bug fails instead of hanging.
  template <class F>
  static bool eventually(F condition) {
    auto const until = Steady::now() + 20s;
    while (!condition()) {
      if (Steady::now() > until) return false;
      std::this_thread::sleep_for(2ms);
    }
    return true;
  }
  bool heals() {
    return eventually([this] { return store->healthy(); });
  }
  std::vector<std::string> details() {  // oldest first, without log.genesis
    AuditQuery q;
    q.limit = 100'000;
    std::vector<std::string> out;
    auto const page = test::run(store->audit(q)).value();
    for (auto const& row : page.rows)
      if (auto detail = nlohmann::json::parse(row.bytes).value("detail", ""); !detail.empty())
        out.insert(out.begin(), std::move(detail));
    return out;
  }
  void expect_a_whole_log() {
    store.reset();
    auto const verdict = store::verify(dir.path(), std::nullopt);
    EXPECT_EQ(verdict.exit_code, 0) << verdict.message;
  }

  test::UnsyncedVfs& disk = test::UnsyncedVfs::instance();
  test::TempDir dir;
  AuditSlot slot;
  std::atomic<bool> lost{false};
  std::unique_ptr<Store> store;
};
using Words = std::vector<std::string>;

TEST_F(StoreOutage, aFullDiskIsAPause) {
  ASSERT_TRUE(append("before"));
  disk.fill_up(true);
  auto const failed = append("lost");
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code(), Errc::audit_unavailable);
  EXPECT_FALSE(store->healthy());
  EXPECT_FALSE(store->try_reserve()) << "nothing is sent meanwhile";
  EXPECT_FALSE(append("lost too"));
  disk.fill_up(false);
  ASSERT_TRUE(heals());
  EXPECT_TRUE(store->try_reserve());
  EXPECT_TRUE(append("after"));
  EXPECT_EQ(details(), (Words{"before", "after"}));
  expect_a_whole_log();
}

// `sqlite3 tsg.db` with a transaction left open, or a backup that locks.
TEST_F(StoreOutage, anotherProgramsLockIsAPause) {
  ASSERT_TRUE(append("before"));
  {
    Db other{dir / "tsg.db", SQLITE_OPEN_READWRITE};
    other.exec("BEGIN IMMEDIATE");
    EXPECT_FALSE(append("lost"));
    EXPECT_FALSE(store->healthy());
    other.exec("COMMIT");
  }
  ASSERT_TRUE(heals());
  EXPECT_TRUE(append("after"));
  EXPECT_EQ(details(), (Words{"before", "after"}));
  expect_a_whole_log();
}

TEST_F(StoreOutage, aDiskThatFailsIsOpenedAgain) {
  ASSERT_TRUE(append("before"));
  disk.fail_syncs(true);
  EXPECT_FALSE(append("lost"));
  disk.fail_opening(true);
  disk.fail_syncs(false);
  EXPECT_FALSE(append("lost too"));
  disk.fail_opening(false);
  ASSERT_TRUE(heals());
  EXPECT_TRUE(append("after"));
  EXPECT_EQ(details(), (Words{"before", "after"}));
  EXPECT_FALSE(lost);
  expect_a_whole_log();
}

TEST_F(StoreOutage, aQueryThatCouldNotOpenTheDatabaseIsFollowedByOneThatCan) {
  disk.fail_opening(true);
  EXPECT_FALSE(test::run(store->documents("key")));  // the reader's first
  disk.fail_opening(false);
  EXPECT_TRUE(test::run(store->documents("key")));
}

// The provider has been paid, and the client has most of its answer: money and record must not be lost.
TEST_F(StoreOutage, whatWasSettledMeanwhileIsWrittenWhenItCanBe) {
  auto claimed = admission(700, 1);
  IdempotencyClaim claim;
  claim.scope = "s";
  claim.key = "k";
  claim.expires_at_ms = kNowMs + 1000;
  claimed.claim = claim;
  auto const first = admit(claimed), second = admit(admission(900, 2));
  ASSERT_TRUE(first && second);
  disk.fill_up(true);
  auto s = settlement(first->hold, 650, "settled meanwhile");
  s.answer.emplace();
  s.answer->status = 200;
  s.answer->sealed_body = {1, 2, 3};
  s.answer->request_id = request_id(1);
  EXPECT_FALSE(settle(s));
  EXPECT_FALSE(append("a refusal"));
  disk.fill_up(false);
  ASSERT_TRUE(heals());
  EXPECT_EQ(details(), (Words{"settled meanwhile"}));
  auto totals = test::run(store->key_totals("key_1", WallTime{})).value();
  EXPECT_EQ(totals.settled, Nano{650});
  EXPECT_EQ(totals.held, Nano{900}) << "the other one is still running";
  auto again = admission(700, 3);
  again.claim = claim;
  auto const replay = admit(again);
  ASSERT_TRUE(replay);
  EXPECT_EQ(replay->kind, Admitted::Kind::replay);
  EXPECT_TRUE(settle(settlement(second->hold, 100, "and ends")));
  totals = test::run(store->key_totals("key_1", WallTime{})).value();
  EXPECT_EQ(totals.settled, Nano{750});
  EXPECT_EQ(totals.held, Nano{});
  expect_a_whole_log();
}

TEST_F(StoreOutage, whatIsStillOwedAtTheEndIsSettledAtItsHoldByTheNextStart) {
  auto const sent = admit(admission(700));
  ASSERT_TRUE(sent);
  store->mark_dispatched(sent->hold);
  disk.fill_up(true);
  EXPECT_FALSE(settle(settlement(sent->hold, 650)));
  store.reset();
  disk.fill_up(false);
  open();
  EXPECT_EQ(store->recovery().holds_settled, 1);
  EXPECT_EQ(test::run(store->key_totals("key_1", WallTime{}))->settled, Nano{700});
  expect_a_whole_log();
}

TEST_F(StoreOutage, aHoldThatWasUndoneTakesNoMoneyAndNoSlot) {
  auto const asked = [&](std::uint8_t n) {
    auto a = admission(60, n);
    a.budgets.push_back(budget("org", "acme", 100));
    return a;
  };
  disk.fill_up(true);
  EXPECT_FALSE(admit(asked(1)));
  disk.fill_up(false);
  ASSERT_TRUE(heals());
  auto const second = admit(asked(2));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->kind, Admitted::Kind::admitted) << "60 of 100 were never taken";
  EXPECT_EQ(admit(asked(3))->kind, Admitted::Kind::refused);
  EXPECT_TRUE(settle(settlement(second->hold, 10)));
  EXPECT_EQ(admit(asked(4))->kind, Admitted::Kind::admitted);
}

// The log that is there is not the one that was written: nobody can say what happened in between.
TEST_F(StoreOutage, aLogThatIsNotAsItWasLeftEndsTheProcess) {
  ASSERT_TRUE(append("one") && append("two"));
  disk.fill_up(true);
  EXPECT_FALSE(append("lost"));
  {
    Db other{dir / "tsg.db", SQLITE_OPEN_READWRITE};  // of another program, for which there is room
    other.exec("DELETE FROM audit_record WHERE seq=2");
  }
  disk.fill_up(false);
  ASSERT_TRUE(eventually([this] { return lost.load(); }));
  EXPECT_FALSE(store->healthy());
  EXPECT_FALSE(append("never"));
}

// Any write may fail, at any moment, for any reason: the books agree with what was acknowledged and owed.
TEST_F(StoreOutage, afterAnyFailureTheBooksAreThoseOfWhatWasAcknowledged) {
  std::mt19937 random{20'261'201};
  auto const below = [&](unsigned n) { return random() % n; };
  std::vector<Hold> open;
  std::int64_t settled = 0, held = 0;
  int failures = 0;
  for (int step = 0; step < 300; ++step) {
    if (below(20) == 0)
      disk.fail_write(1 + static_cast<int>(below(3)), below(2) ? SQLITE_FULL : SQLITE_IOERR_WRITE);
    if (below(2) == 0 || open.empty()) {
      auto a = admission(1 + below(50), static_cast<std::uint8_t>(step));
      a.budgets.push_back(budget("org", "acme", 1'000'000));
      auto const r = admit(std::move(a));
      if (r) {
        open.push_back(r->hold);
        held += r->hold.amount().v;
      }
    } else {
      auto const at = open.begin() + below(static_cast<unsigned>(open.size()));
      std::int64_t const cost = below(50);
      (void)settle(settlement(*at, cost));  // in the books or owed
      settled += cost;
      held -= at->amount().v;
      open.erase(at);
    }
    if (store->healthy()) continue;
    ++failures;
    disk.fail_write(0);
    ASSERT_TRUE(heals()) << "step " << step;
    auto const state = test::run(store->budgets({budget("org", "acme", 1'000'000)})).value();
    ASSERT_EQ(state[0].settled, Nano{settled}) << "step " << step;
    ASSERT_EQ(state[0].held, Nano{held}) << "step " << step;
    auto a = admission(1'000'000 - settled - held, 0);  // what the writer's own counters leave
    a.budgets.push_back(budget("org", "acme", 1'000'000));
    auto const rest = admit(std::move(a));
    ASSERT_EQ(rest->kind, Admitted::Kind::admitted) << "step " << step;
    auto one = admission(1, 0);
    one.budgets.push_back(budget("org", "acme", 1'000'000));
    ASSERT_EQ(admit(std::move(one))->kind, Admitted::Kind::refused) << "step " << step;
    auto back = settlement(rest->hold, 0);
    back.release = true;
    ASSERT_TRUE(settle(std::move(back)));
  }
  disk.fail_write(0);
  EXPECT_GT(failures, 3);
  expect_a_whole_log();
}

}  // namespace
}  // namespace tsg::store
