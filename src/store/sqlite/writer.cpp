#include "store/sqlite/writer.hpp"

#include <spdlog/spdlog.h>

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
constexpr std::chrono::minutes kIdleTidy{1};

}  // namespace

Writer::Writer(Db& db, Books& books, crypto::SecretKey seed, Clock const& clock, Setup setup)
    : db_{db},
      begin_{db, "BEGIN IMMEDIATE"},
      commit_{db, "COMMIT"},
      books_{books},
      seed_{std::move(seed)},
      clock_{clock},
      setup_{std::move(setup)} {}

// SQLite calls it after each commit; it replaces the checkpoint that a commit would otherwise make.
int Writer::count_pages(void* self, sqlite3*, char const*, int pages) {
  static_cast<Writer*>(self)->log_pages_ = pages;
  return SQLITE_OK;
}

void Writer::start() {
  checkpointer_.emplace(setup_.database, setup_.vfs, setup_.checkpoint_pages);
  sqlite3_wal_hook(db_.get(), &count_pages, this);
  thread_ = std::thread{[this] { loop(); }};
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
    if (Steady::now() >= head_due) {
      head_due = SteadyTime::max();
      auto written = write_head();
      if (!written) {
        spdlog::critical("audit log stopped: {}", written.error().peek()->log);
        healthy_.store(false);
      }
    }
  }
  if (healthy() && books_.head().size != head_written_) (void)write_head();  // and the sums
}

void Writer::commit(Operations batch) {
  if (healthy()) {
    try {
      begin_.run();
      for (auto& op : batch) op->run();
      if (books_.wants_tidying()) books_.tidy(clock_.wall());
      commit_.run();
    } catch (std::exception const& e) {
      healthy_.store(false);
      spdlog::critical("audit log stopped: {}", e.what());
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
  } catch (SqlError const& e) {
    return Error{Errc::audit_unavailable}.log(e.what());
  }
  audit::SignedHead signed_head;
  signed_head.head = books_.head();
  signed_head.origin = setup_.node + "/" + std::to_string(signed_head.head.epoch);
  signed_head.time = clock_.wall();
  auto written = audit::write_head(setup_.head_file, audit::sign_head(signed_head, seed_), setup_.durable);
  if (written) head_written_ = signed_head.head.size;
  return written;
}

}  // namespace tsg::store
