// What survives: kill -9 in `process` mode, a power loss in `full` mode; and what the next start makes of it.
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>

#include "store/sqlite/db.hpp"
#include "store_fixture.hpp"
#include "support/unsynced_vfs.hpp"

namespace tsg::store {
namespace {

// The child opens the store itself: no thread of the parent exists at the fork.
template <class Child>
pid_t in_child(Child child) {
  pid_t const pid = ::fork();
  if (pid != 0) return pid;
  child();
  ::_exit(0);
}

struct Crash : ::testing::Test {
  ~Crash() override {
    ::close(pipe_[0]);
    ::close(pipe_[1]);
  }
  Crash() {
    if (::pipe(pipe_) != 0) std::abort();
  }
  // In the child: appends `n` records, and says so after each acknowledgement.
  void append_and_tell(Store& store, std::int64_t n) {
    for (std::int64_t i = 0; i < n; ++i) {
      if (!test::run(store.append(fields("ack-" + std::to_string(i))))) ::_exit(2);
      if (::write(pipe_[1], &i, sizeof i) != sizeof i) ::_exit(3);
    }
  }
  std::set<std::string> acknowledged(std::size_t stop_at) {
    std::set<std::string> out;
    std::int64_t i = 0;
    while (out.size() < stop_at && ::read(pipe_[0], &i, sizeof i) == sizeof i)
      out.insert("ack-" + std::to_string(i));
    return out;
  }
  void close_writing_end() {
    ::close(pipe_[1]);
    pipe_[1] = ::open("/dev/null", O_WRONLY);
  }
  std::set<std::string> found(Store& store) {
    AuditQuery q;
    q.limit = 1'000'000;
    std::set<std::string> out;
    auto const page = test::run(store.audit(q)).value();
    for (auto const& row : page.rows) out.insert(nlohmann::json::parse(row.bytes).value("detail", ""));
    return out;
  }
  static bool contains(std::set<std::string> const& all, std::set<std::string> const& some) {
    return std::includes(all.begin(), all.end(), some.begin(), some.end());
  }

  test::TempDir dir;
  int pipe_[2];
};

TEST_F(Crash, killNineLosesNothingThatWasAcknowledged) {
  pid_t const pid = in_child([&] {
    auto store = open_in(dir.path());
    if (!store) ::_exit(1);
    append_and_tell(**store, INT64_MAX);
  });
  close_writing_end();
  auto acks = acknowledged(200);
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
  acks.merge(acknowledged(SIZE_MAX));  // what was still in the pipe
  ASSERT_GE(acks.size(), 200u);
  auto store = open_in(dir.path());
  ASSERT_TRUE(store);
  EXPECT_TRUE(contains(found(**store), acks));
  EXPECT_FALSE((*store)->recovery().new_epoch);
  (*store)->close();
  auto const verdict = store::verify(dir.path(), std::nullopt);
  EXPECT_EQ(verdict.exit_code, 0) << verdict.message;
}

TEST_F(Crash, aPowerLossLosesNothingThatWasAcknowledgedInFullMode) {
  pid_t const pid = in_child([&] {
    auto& disk = test::UnsyncedVfs::instance();
    auto store = open_in(dir.path(), true, 7, disk.kName);
    if (!store) ::_exit(1);
    append_and_tell(**store, 60);
    disk.power_loss();
    ::_exit(0);
  });
  close_writing_end();
  auto const acks = acknowledged(SIZE_MAX);
  int status = 0;
  ::waitpid(pid, &status, 0);
  ASSERT_EQ(status, 0);
  ASSERT_EQ(acks.size(), 60u);
  auto store = open_in(dir.path(), true);
  ASSERT_TRUE(store) << store.error().message();
  EXPECT_TRUE(contains(found(**store), acks));
  EXPECT_FALSE((*store)->recovery().new_epoch);
  (*store)->close();
  EXPECT_EQ(store::verify(dir.path(), std::nullopt).exit_code, 0);
}

// The control of the test above: where nothing is synced, the forgetful disk does forget.
TEST_F(Crash, processModeDoesNotPromiseToSurviveAPowerLoss) {
  pid_t const pid = in_child([&] {
    auto& disk = test::UnsyncedVfs::instance();
    auto store = open_in(dir.path(), false, 7, disk.kName);
    if (!store) ::_exit(1);
    append_and_tell(**store, 60);
    disk.power_loss();
    ::_exit(0);
  });
  close_writing_end();
  auto const acks = acknowledged(SIZE_MAX);
  ::waitpid(pid, nullptr, 0);
  ASSERT_EQ(acks.size(), 60u);
  auto store = open_in(dir.path());
  ASSERT_TRUE(store) << store.error().message();
  EXPECT_FALSE(contains(found(**store), acks));
  EXPECT_TRUE((*store)->recovery().new_epoch);  // the loss itself is on the record
}

// The writer syncs nothing in `process`, and the log is emptied and begun anew all the while: what a power
// loss leaves is an older state, whole.
TEST_F(Crash, aPowerLossBetweenCheckpointsLeavesAWholeDatabaseInProcessMode) {
  for (int records = 150; records < 600; records += 120) {
    test::TempDir folder;
    pid_t const pid = in_child([&] {
      auto& disk = test::UnsyncedVfs::instance();
      SqliteOptions o;
      o.data_dir = folder.path();
      o.durable = false;
      o.checkpoint_pages = 20;
      o.vfs = disk.kName;
      auto store = open_sqlite(o, master_key(), fixed_clock);
      if (!store) ::_exit(1);
      for (int i = 0; i < records; ++i)
        if (!test::run((*store)->append(fields("ack-" + std::to_string(i))))) ::_exit(2);
      disk.power_loss();
      ::_exit(0);
    });
    int status = 1;
    ::waitpid(pid, &status, 0);
    ASSERT_EQ(status, 0);
    {
      Db db{folder / "tsg.db", SQLITE_OPEN_READWRITE};
      Statement check{db, "PRAGMA integrity_check"};
      ASSERT_TRUE(check.step());
      EXPECT_EQ(check.text(0), "ok") << records << " records";
    }
    auto store = open_in(folder.path());
    ASSERT_TRUE(store) << records << " records: " << store.error().message();
    EXPECT_GT(found(**store).size(), 1u) << "the checkpoints before it were synced";
  }
}

TEST_F(Crash, anOpenHoldIsSettledIfItWasSentAndReleasedIfNot) {
  pid_t const pid = in_child([&] {
    auto store = open_in(dir.path());
    AuditSlot const slot;
    auto const sent = test::run((*store)->admit(slot, admission(700, 1)));
    auto const kept = test::run((*store)->admit(slot, admission(900, 2)));
    if (!sent || !kept) ::_exit(1);
    (*store)->mark_dispatched(sent->hold);
    ::_exit(0);
  });
  int status = 1;
  ::waitpid(pid, &status, 0);
  ASSERT_EQ(status, 0);
  auto store = open_in(dir.path());
  ASSERT_TRUE(store);
  EXPECT_EQ((*store)->recovery().holds_settled, 1);
  EXPECT_EQ((*store)->recovery().holds_released, 1);
  auto const totals = test::run((*store)->key_totals("key_1", WallTime{})).value();
  EXPECT_EQ(totals.settled, Nano{700});
  EXPECT_EQ(totals.held, Nano{});
  AuditQuery q;
  q.equals = {{"kind", "request.recovered"}};
  auto const page = test::run((*store)->audit(q)).value();
  auto const& rows = page.rows;
  ASSERT_EQ(rows.size(), 2u);
  auto const sent = nlohmann::json::parse(rows[1].bytes);
  EXPECT_EQ(sent.at("request_id"), request_id(1).text());
  EXPECT_EQ(sent.at("cost_usd"), "0.0000007");
  EXPECT_EQ(sent.at("estimated"), true);
  EXPECT_FALSE(nlohmann::json::parse(rows[0].bytes).contains("cost_usd"));
  store->reset();
  auto third = open_in(dir.path());
  EXPECT_EQ((*third)->recovery().holds_settled + (*third)->recovery().holds_released, 0);
  third->reset();
  EXPECT_EQ(store::verify(dir.path(), std::nullopt).exit_code, 0);
}

TEST_F(Crash, aClaimOfASentRequestIsIndeterminateAndOfAnUnsentOneIsFree) {
  auto const with_claim = [](std::string key, std::uint8_t n) {
    auto a = admission(10, n);
    IdempotencyClaim c;
    c.scope = "s";
    c.key = std::move(key);
    c.expires_at_ms = kNowMs + 1000;
    a.claim = std::move(c);
    return a;
  };
  pid_t const pid = in_child([&] {
    auto store = open_in(dir.path());
    AuditSlot const slot;
    auto const sent = test::run((*store)->admit(slot, with_claim("sent", 1)));
    auto const kept = test::run((*store)->admit(slot, with_claim("kept", 2)));
    (*store)->mark_dispatched(sent->hold);
    ::_exit(kept ? 0 : 1);
  });
  int status = 1;
  ::waitpid(pid, &status, 0);
  ASSERT_EQ(status, 0);
  auto store = open_in(dir.path());
  ASSERT_TRUE(store);
  AuditSlot const slot;
  auto const sent = test::run((*store)->admit(slot, with_claim("sent", 3)));
  EXPECT_EQ(sent->refusal->code(), Errc::idempotency_indeterminate);
  EXPECT_EQ(test::run((*store)->admit(slot, with_claim("kept", 4)))->kind, Admitted::Kind::admitted);
}

}  // namespace
}  // namespace tsg::store
