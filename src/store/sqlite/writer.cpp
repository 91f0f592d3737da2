#include "store/sqlite/writer.hpp"

#include <spdlog/spdlog.h>

#include "tsg/core/thread_name.hpp"

namespace tsg::store {
namespace {

constexpr std::size_t kBatchMax = 512;
// The contract says at most 1 s after a commit; the rest is for the file system.
// A commit costs much the same for two operations as for sixty. Where the last one found a crowd, the next
// one waits a moment for another (as PostgreSQL's commit_delay and commit_siblings); a lone request never
// does.
constexpr std::size_t kCrowd = 8, kFullBatch = 64;
constexpr std::chrono::microseconds kGather{1000};
constexpr std::chrono::milliseconds kHeadDelay{700};
constexpr std::chrono::milliseconds kHeadRetry{100}, kHeadRetryMost{3'200};  // doubled in between
constexpr std::chrono::minutes kIdleTidy{1};

}  // namespace

Writer::Writer(Db& db, Books& books, crypto::SecretKey seed, Clock const& clock, Setup setup)
    : db_{db},
      begin_{db, "BEGIN IMMEDIATE"},
      commit_{db, "COMMIT"},
      books_{books},
      seed_{std::move(seed)},
      clock_{clock},
      setup_{std::move(setup)},
      head_file_{setup_.head_file, setup_.durable} {}

// SQLite calls it after each commit; it replaces the checkpoint that a commit would otherwise make.
int Writer::count_pages(void* self, sqlite3*, char const*, int pages) {
  static_cast<Writer*>(self)->log_pages_ = pages;
  return SQLITE_OK;
}

void Writer::start() {
  checkpointer_.emplace(setup_.database, setup_.vfs, setup_.checkpoint_pages);
  sqlite3_wal_hook(db_.get(), &count_pages, this);
  thread_ = std::thread{[this] {
    name_this_thread("tsg-store");
    loop();
  }};
}

void Writer::stop() {
  queue_.close();
  if (thread_.joinable()) thread_.join();
  checkpointer_.reset();
}

void Writer::loop() {
  Operations pending;
  SteadyTime head_due = SteadyTime::max();
  std::size_t last_batch = 0;
  while (!queue_.closed()) {
    if (last_batch >= kCrowd) queue_.gather(kFullBatch, Steady::now() + kGather);
    // wait_until(max) overflows in libstdc++. Without traffic stored answers still expire.
    queue_.take(pending, std::min(head_due, Steady::now() + kIdleTidy));
    if (pending.empty() && books_.keeps_claims() && head_due == SteadyTime::max()) head_due = Steady::now();
    last_batch = pending.size();
    while (!pending.empty()) {
      Operations batch;
      auto const n = std::min(pending.size(), kBatchMax);
      batch.insert(batch.end(), std::make_move_iterator(pending.begin()),
                   std::make_move_iterator(pending.begin() + static_cast<std::ptrdiff_t>(n)));
      pending.erase(pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(n));
      commit(std::move(batch));
      if (head_due == SteadyTime::max() && books_.head().size != head_written_)
        head_due = Steady::now() + kHeadDelay;
    }
    if (!healthy()) head_due = SteadyTime::max();  // a head of what was not committed would be a lie
    if (Steady::now() >= head_due) head_due = sign();
  }
  if (healthy() && books_.head().size != head_written_) (void)sign();  // and the sums
}

// The head, and when it has to be tried again.
SteadyTime Writer::sign() {
  auto const written = write_head();
  if (!healthy()) return SteadyTime::max();
  auto const now = Steady::now();
  bool const failing = head_failing_since_.load() != 0;
  if (written) {
    if (failing) spdlog::info("audit.head is up to date again");
    head_failing_since_.store(0);
    return SteadyTime::max();
  }
  if (!failing) {
    spdlog::error("audit.head is behind the log: {}; trying again", written.error().peek()->log);
    head_failing_since_.store(now.time_since_epoch().count());
  }
  head_retry_ = failing ? std::min(2 * head_retry_, kHeadRetryMost) : kHeadRetry;
  return now + head_retry_;
}

std::chrono::milliseconds Writer::head_overdue() const noexcept {
  SteadyTime const since{Steady::duration{head_failing_since_.load(std::memory_order_relaxed)}};
  if (since == SteadyTime{}) return std::chrono::milliseconds{0};
  return std::chrono::milliseconds{1} +
         std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - since);
}

void Writer::fail_stop(char const* why) {
  healthy_.store(false);
  spdlog::critical("audit log stopped: {}", why);
}

void Writer::commit(Operations batch) {
  if (healthy()) {
    try {
      begin_.run();
      for (auto& op : batch) op->run();
      if (books_.wants_tidying()) books_.tidy(clock_.wall());
      commit_.run();
    } catch (std::exception const& e) {
      fail_stop(e.what());
    }
  }
  if (!healthy())
    for (auto& op : batch) op->fail(Error{Errc::audit_unavailable});
  complete_all(std::move(batch));
  if (healthy()) checkpointer_->committed(db_, log_pages_);
}

Result<> Writer::write_head() {
  try {
    begin_.run();
    books_.tidy(clock_.wall());
    commit_.run();
  } catch (std::exception const& e) {
    fail_stop(e.what());
    return Error{Errc::audit_unavailable}.log(e.what());
  }
  audit::SignedHead signed_head;
  signed_head.head = books_.head();
  signed_head.origin = setup_.node + "/" + std::to_string(signed_head.head.epoch);
  signed_head.time = clock_.wall();
  auto written = head_file_.replace(audit::sign_head(signed_head, seed_));
  if (written) head_written_ = signed_head.head.size;
  return written;
}

}  // namespace tsg::store
