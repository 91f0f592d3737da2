#include "store/sqlite/checkpointer.hpp"

#include "store/sqlite/wal_vfs.hpp"
#include "tsg/core/log.hpp"
#include "tsg/core/thread_name.hpp"

namespace tsg::store {
namespace {

constexpr int kLittle = 64;  // pages: a rest that is copied within a millisecond
constexpr int kPasses = 4;   // each takes two syncs; a disk that is outrun is so after them too
constexpr int kMost = 8;     // times `begin`: 32 MiB, read within a moment at the next start

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

Checkpointer::Turn::Turn(Checkpointer* of) : of_{of} {
  if (of_ == nullptr) return;
  std::unique_lock lock{of_->mutex_};
  of_->turn_.wait(lock, [this] { return !of_->emptying_; });
  of_->writing_ = true;
}

Checkpointer::Turn::~Turn() {
  if (of_ == nullptr) return;
  bool awaited = false;
  {
    std::lock_guard const lock{of_->mutex_};
    of_->writing_ = false;
    awaited = of_->emptying_;
  }
  if (awaited) of_->turn_.notify_all();
}

void Checkpointer::committed(int pages) {
  bool const anew = pages < pages_.exchange(pages, std::memory_order_relaxed);
  if (anew) next_.store(begin_, std::memory_order_relaxed);
  if (pages < next_.load(std::memory_order_relaxed)) return;
  {
    std::lock_guard const lock{mutex_};  // or the thread might be about to sleep
  }
  wake_.notify_one();
}

Db& Checkpointer::db() {
  if (db_) return *db_;
  Db db{file_, SQLITE_OPEN_READWRITE, wal_vfs(vfs_)};
  db.exec("PRAGMA synchronous=NORMAL");
  db.wait_for_others(std::chrono::milliseconds{0});  // the writer would wait with it
  // A connection that has read nothing yet does not know that there is a log: it copies nothing, and reports
  // that all is well.
  (void)db.integer("SELECT count(*) FROM sqlite_schema");
  return db_.emplace(std::move(db));
}

// Pages that are still in the log alone, of those that were in it when this began; -1 after an error, -2
// where another connection is in the way.
int Checkpointer::checkpoint(int mode) {
  try {
    int in_log = 0, copied = 0;
    int const rc = sqlite3_wal_checkpoint_v2(db().get(), nullptr, mode, &in_log, &copied);
    if ((rc & 0xff) == SQLITE_BUSY) return -2;
    if (rc != SQLITE_OK) throw SqlError{rc, sqlite3_errmsg(db_->get())};
    if (in_log < 0) throw SqlError{SQLITE_CANTOPEN, "the database has no log"};
    if (failing_) log::info("checkpoint: the log is copied again");
    failing_ = false;
    copied_ = copied;
    return in_log - copied;
  } catch (SqlError const& e) {
    // The log has it all, and grows until this succeeds. What matters of it, the next commit meets too.
    if (!failing_) log::error("checkpoint: {}; trying again", {e.what()});
    failing_ = true;
    db_.reset();
    return -1;
  }
}

// SQLite syncs the database only after a checkpoint that has copied all. Without this the one that empties
// the log, for which the writer waits, would have to sync what all those before it have copied.
void Checkpointer::sync_database() {
  sqlite3_file* file = nullptr;
  if (!db_ || sqlite3_file_control(db_->get(), "main", SQLITE_FCNTL_FILE_POINTER, &file) != SQLITE_OK ||
      file == nullptr || file->pMethods == nullptr)
    return;
  if (file->pMethods->xSync(file, SQLITE_SYNC_NORMAL) == SQLITE_OK || unsynced_) return;
  // What was copied may be lost, and no later sync would say so (LWN 752063). The log still has it.
  unsynced_ = true;
  log::error("checkpoint: the database cannot be synced; its log is kept whole until the next start");
}

// Passive: copies what no reader needs any more, and waits for nobody. True: nothing is left of what was
// there.
bool Checkpointer::copy(int passes) {
  int left = -1;
  for (int pass = 0; pass < passes; ++pass) {
    int const before = pages_.load(std::memory_order_relaxed);
    left = checkpoint(SQLITE_CHECKPOINT_PASSIVE);
    if (left < 0 || pages_.load(std::memory_order_relaxed) - before <= kLittle) break;
  }
  return left == 0;
}

// Fails where a reader still needs an old state.
bool Checkpointer::empty_log() {
  {
    std::unique_lock lock{mutex_};
    emptying_ = true;
    turn_.wait(lock, [this] { return !writing_; });
  }
  bool const emptied = checkpoint(SQLITE_CHECKPOINT_TRUNCATE) == 0;
  {
    std::lock_guard const lock{mutex_};
    emptying_ = false;
    if (emptied) pages_.store(0, std::memory_order_relaxed);
  }
  turn_.notify_all();
  return emptied;
}

void Checkpointer::loop() {
  try {
    (void)db();  // while there are descriptors
  } catch (SqlError const&) {
    // Said when it is needed and still fails.
  }
  for (;;) {
    {
      std::unique_lock lock{mutex_};
      wake_.wait(lock, [this] { return stopping_ || pages_.load() >= next_.load(); });
      if (stopping_) return;
    }
    bool const large = pages_.load() >= kMost * begin_;
    bool const all = copy(large ? kPasses : 1);
    if (!all) sync_database();
    bool const quiet = all && copied_ == pages_.load();  // nothing came meanwhile
    bool const emptied = !unsynced_ && (quiet || large) && empty_log();
    next_.store(emptied ? begin_ : pages_.load() + begin_);
  }
}

}  // namespace tsg::store
