// The one writer: takes everything that is queued, one transaction, one commit, then wakes all that waited
// (leveldb's DBImpl::Write). The first failed commit stops it for good: the state of the log is unknown. The
// signed head is a copy of what is committed: where it cannot be written, that is tried again.
#pragma once
#include <atomic>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

#include "store/queue.hpp"
#include "store/sqlite/books.hpp"
#include "store/sqlite/checkpointer.hpp"
#include "tsg/audit/head_file.hpp"
#include "tsg/core/clock.hpp"

namespace tsg::store {

class Writer {
 public:
  struct Setup {
    std::filesystem::path head_file;
    std::string node;
    bool durable = true;
    std::filesystem::path database;  // for the checkpointer's own connection
    std::string vfs;
    int checkpoint_pages = 1000;
  };
  Writer(Db& db, Books& books, crypto::SecretKey seed, Clock const& clock, Setup setup);
  ~Writer() { stop(); }

  Queue& queue() noexcept { return queue_; }
  bool healthy() const noexcept { return healthy_.load(std::memory_order_relaxed); }
  void start();
  void stop();  // drains, writes the head
  Result<> write_head();
  // How long audit.head could not be replaced; 0 = the last time it could.
  std::chrono::milliseconds head_overdue() const noexcept;

 private:
  void loop();
  void commit(Operations batch);
  static int count_pages(void* self, sqlite3*, char const*, int pages);
  SteadyTime sign();
  void fail_stop(char const* why);

  Db& db_;
  Statement begin_, commit_;
  Books& books_;
  crypto::SecretKey seed_;
  Clock const& clock_;
  Setup setup_;
  audit::HeadFile head_file_;
  Queue queue_;
  std::atomic<bool> healthy_{true};
  std::int64_t head_written_ = -1;  // size in the file
  int log_pages_ = 0;               // after the last commit
  std::optional<Checkpointer> checkpointer_;
  std::chrono::milliseconds head_retry_{0};
  std::atomic<Steady::rep> head_failing_since_{0};  // 0 = it does not fail
  std::thread thread_;
};

}  // namespace tsg::store
