// The one writer: takes everything that is queued, one transaction, one commit, then wakes all that waited
// (leveldb's DBImpl::Write). Where a transaction fails it is undone, its callers are told, and nothing is
// taken until a try succeeds; then the books are read from rows again, and what was owed is written. The
// signed head is a copy of what is committed: where it cannot be written, that is tried again.
#pragma once
#include <atomic>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "store/queue.hpp"
#include "store/sqlite/books.hpp"
#include "store/sqlite/checkpointer.hpp"
#include "store/sqlite/outage.hpp"
#include "tsg/audit/head_file.hpp"
#include "tsg/core/clock.hpp"

namespace tsg::store {

class Writer {
 public:
  struct Setup {
    std::filesystem::path head_file;
    std::string node;
    bool durable = true;
    std::filesystem::path database;  // for the checkpointer's own connection, and to be opened again
    std::string vfs;
    int checkpoint_pages = 1000;
    std::chrono::milliseconds busy{5'000};  // another program's lock is waited for so long
    std::function<void(Db&)> prepare;       // a connection that was opened again
    std::function<void()> make_books;       // new ones, on the connection as it is now
    std::function<void()> lost;             // see SqliteOptions
  };
  // Both are the writer's from here on: it closes and opens them again after an outage, and between the two
  // they are empty.
  Writer(std::optional<Db>& db, std::optional<Books>& books, DispatchMap& dispatch, crypto::SecretKey seed,
         Clock const& clock, Setup setup);
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
  template <class Work>
  bool transact(Work work);  // false: undone, and an outage has begun or goes on
  static int count_pages(void* self, sqlite3*, char const*, int pages);
  void connect();
  SteadyTime sign();
  void failed(int code, char const* why);
  void try_again();
  bool recover();
  void pay_debts();

  std::optional<Db>& db_;
  std::optional<Books>& books_;
  DispatchMap& dispatch_;
  std::optional<Statement> begin_, commit_;
  crypto::SecretKey seed_;
  Clock const& clock_;
  Setup setup_;
  audit::HeadFile head_file_;
  Queue queue_;
  std::atomic<bool> healthy_{true};
  audit::ChainHead committed_;      // after the last commit
  std::int64_t head_written_ = -1;  // size in the file
  int log_pages_ = 0;               // after the last commit
  Outage outage_;
  std::optional<Checkpointer> checkpointer_;
  std::chrono::milliseconds head_retry_{0};
  std::atomic<Steady::rep> head_failing_since_{0};  // 0 = it does not fail
  std::thread thread_;
};

}  // namespace tsg::store
