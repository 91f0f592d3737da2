#include "store/sqlite/checkpointer.hpp"

#include <spdlog/spdlog.h>

#include "tsg/core/thread_name.hpp"

namespace tsg::store {
namespace {

constexpr int kLittle = 64;  // pages: a rest that the writer copies within a millisecond
constexpr int kPasses = 4;   // each takes two syncs; a disk that is outrun is so after them too

// Passive: copies what no reader needs any more, and waits for nobody. Pages still in the log, -1 after an
// error.
int copy(Db& db) {
  int in_log = 0, copied = 0;
  int const rc = sqlite3_wal_checkpoint_v2(db.get(), nullptr, SQLITE_CHECKPOINT_PASSIVE, &in_log, &copied);
  if (rc == SQLITE_OK) return in_log - copied;
  // Busy is the other of the two. What matters of anything else, the next commit meets too and stops at.
  if ((rc & 0xff) != SQLITE_BUSY) spdlog::error("checkpoint: {}", sqlite3_errmsg(db.get()));
  return -1;
}

}  // namespace

Checkpointer::Checkpointer(std::filesystem::path file, std::string vfs, int begin)
    : file_{std::move(file)}, vfs_{std::move(vfs)}, begin_{begin}, next_{begin}, thread_{[this] {
        name_this_thread("tsg-checkpoint");
        loop();
      }} {}

void Checkpointer::stop() {
  {
    std::lock_guard const lock{mutex_};
    stopping_ = true;
  }
  wake_.notify_one();
  if (thread_.joinable()) thread_.join();
}

void Checkpointer::committed(Db& db, int pages) {
  pages_.store(pages, std::memory_order_relaxed);
  if (pages < begin_) next_ = begin_;  // the log was begun anew
  if (pages < next_) return;
  {
    std::lock_guard const lock{mutex_};
    if (state_ == State::idle) {
      state_ = State::copying;
      wake_.notify_one();
      return;
    }
    if (state_ == State::copying) return;
    state_ = State::idle;
  }
  finish(db, pages);
}

// Unless a reader still needs an old state, this is all there is, and the next commit begins the log anew.
void Checkpointer::finish(Db& db, int pages) {
  if (copy(db) != 0) next_ = pages + begin_;
}

void Checkpointer::loop() {
  try {
    Db db{file_, SQLITE_OPEN_READWRITE, vfs_};
    std::unique_lock lock{mutex_};
    for (;;) {
      wake_.wait(lock, [this] { return stopping_ || state_ == State::copying; });
      if (stopping_) return;
      for (int pass = 0; pass < kPasses && !stopping_; ++pass) {
        lock.unlock();
        int const before = pages_.load(std::memory_order_relaxed);
        bool const again = copy(db) >= 0 && pages_.load(std::memory_order_relaxed) - before > kLittle;
        lock.lock();
        if (!again) break;
      }
      state_ = State::copied;
    }
  } catch (SqlError const& e) {
    spdlog::error("checkpoint: {}", e.what());  // the writer then does all of it
    std::lock_guard const lock{mutex_};
    state_ = State::copied;
  }
}

}  // namespace tsg::store
