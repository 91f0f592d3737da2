#include "store/sqlite/writer.hpp"

#include "store/sqlite/wal_vfs.hpp"
#include "tsg/core/log.hpp"
#include "tsg/core/thread_name.hpp"

namespace tsg::store {
namespace {

constexpr std::size_t kBatchMax = 512;
// A commit costs much the same for two operations as for sixty. Where the last one found a crowd, the next
// one waits a moment for as many again: those it has woken are about to come back with their next step (as
// PostgreSQL's commit_delay and commit_siblings). A lone request never waits, and who waits for more than
// there are waits in vain: eight connections once got a quarter of what six did.
constexpr std::size_t kCrowd = 8, kFullBatch = 64;
constexpr std::chrono::microseconds kGather{100};
// The contract says at most 1 s after a commit; the rest is for the file system.
constexpr std::chrono::milliseconds kHeadDelay{700};
constexpr std::chrono::milliseconds kHeadRetry{100}, kHeadRetryMost{3'200};  // doubled in between
constexpr std::chrono::minutes kIdleTidy{1};
constexpr std::chrono::milliseconds kBusyInOutage{50};  // who comes meanwhile is to be told soon

}  // namespace

Writer::Writer(std::optional<Db>& db, std::optional<Books>& books, DispatchMap& dispatch,
               crypto::SecretKey seed, Clock const& clock, Setup setup)
    : db_{db},
      books_{books},
      dispatch_{dispatch},
      seed_{std::move(seed)},
      clock_{clock},
      setup_{std::move(setup)},
      head_file_{setup_.head_file, setup_.durable},
      committed_{books->head()} {
  connect();
}

// SQLite calls it after each commit; it replaces the checkpoint that a commit would otherwise make.
int Writer::count_pages(void* self, sqlite3*, char const*, int pages) {
  static_cast<Writer*>(self)->log_pages_ = pages;
  return SQLITE_OK;
}

void Writer::connect() {
  begin_.emplace(*db_, "BEGIN IMMEDIATE");
  commit_.emplace(*db_, "COMMIT");
  sqlite3_wal_hook(db_->get(), &count_pages, this);
  db_->wait_for_others(setup_.busy);
}

void Writer::start() {
  checkpointer_.emplace(setup_.database, setup_.vfs, setup_.checkpoint_pages);
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
    if (last_batch >= kCrowd && healthy())
      queue_.gather(std::min(last_batch, kFullBatch), Steady::now() + kGather);
    // wait_until(max) overflows in libstdc++. Without traffic stored answers still expire.
    queue_.take(pending, std::min({head_due, outage_.next_try(), Steady::now() + kIdleTidy}));
    if (outage_.next_try() <= Steady::now()) try_again();
    if (pending.empty() && healthy() && books_->keeps_claims() && head_due == SteadyTime::max())
      head_due = Steady::now();
    last_batch = pending.size();
    while (!pending.empty()) {
      Operations batch;
      auto const n = std::min(pending.size(), kBatchMax);
      batch.insert(batch.end(), std::make_move_iterator(pending.begin()),
                   std::make_move_iterator(pending.begin() + static_cast<std::ptrdiff_t>(n)));
      pending.erase(pending.begin(), pending.begin() + static_cast<std::ptrdiff_t>(n));
      commit(std::move(batch));
    }
    if (head_due == SteadyTime::max() && committed_.size != head_written_)
      head_due = Steady::now() + kHeadDelay;
    if (!healthy()) head_due = SteadyTime::max();  // a head of what was not committed would be a lie
    if (Steady::now() >= head_due) head_due = sign();
  }
  if (outage_.next_try() != SteadyTime::max()) try_again();
  if (healthy() && committed_.size != head_written_) (void)sign();  // and the sums
  if (!outage_.debts().empty())
    log::error("{} settlements could not be written: the next start settles their holds as estimates",
               {outage_.debts().size()});
}

// The head, and when it has to be tried again.
SteadyTime Writer::sign() {
  auto const written = write_head();
  if (!healthy()) return SteadyTime::max();
  auto const now = Steady::now();
  bool const failing = head_failing_since_.load() != 0;
  if (written) {
    if (failing) log::info("audit.head is up to date again");
    head_failing_since_.store(0);
    return SteadyTime::max();
  }
  if (!failing) {
    head_failing_since_.store(now.time_since_epoch().count());
    log::error("audit.head is behind the log: {}; trying again", {written.error().peek()->log});
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

// The books are ahead of the rows now. They go before the rollback: a statement that was reading would hold
// on to the old state of the database.
void Writer::failed(int code, char const* why) {
  books_.reset();
  if (db_ && sqlite3_get_autocommit(db_->get()) == 0)
    if (sqlite3_exec(db_->get(), "ROLLBACK", nullptr, nullptr, nullptr) != SQLITE_OK) code = SQLITE_IOERR;
  healthy_.store(false);
  if (outage_.met(code, Steady::now()))
    log::error("the audit log cannot be written: {}; nothing is sent until it can, trying again", {why});
}

template <class Work>
bool Writer::transact(Work work) {
  Checkpointer::Turn const turn{checkpointer_ ? &*checkpointer_ : nullptr};
  try {
    begin_->run();
    work();
    auto const state = books_->seal(clock_.wall());
    if (state) dispatch_.next_state(*state);
    commit_->run();
    if (state) dispatch_.state_reached();
    committed_ = books_->head();
    if (checkpointer_) checkpointer_->committed(log_pages_);
    return true;
  } catch (SqlError const& e) {
    failed(e.code, e.what());
  } catch (std::exception const& e) {
    failed(SQLITE_BUSY, e.what());  // a bug or no memory: the files have no part in it
  }
  return false;
}

void Writer::commit(Operations batch) {
  bool const done = healthy() && transact([&] {
                      for (auto& op : batch) op->run();
                      if (books_->wants_tidying()) books_->tidy(clock_.wall());
                    });
  if (!done)
    for (auto& op : batch) {
      if (auto debt = op->owed()) outage_.owe(std::move(debt));
      op->fail(Error{Errc::audit_unavailable});
    }
  complete_all(std::move(batch));
}

// Opens what has to be opened, and reads the books from rows. False: not yet, or never.
bool Writer::recover() {
  try {
    if (outage_.reopen() || !db_) {
      begin_.reset();
      commit_.reset();
      db_.reset();
      db_.emplace(setup_.database, SQLITE_OPEN_READWRITE, wal_vfs(setup_.vfs));
      setup_.prepare(*db_);
      connect();
    }
    db_->wait_for_others(kBusyInOutage);
    setup_.make_books();
    if (books_->resume(committed_)) return true;
  } catch (SqlError const& e) {
    failed(e.code, e.what());
    int const primary = e.code & 0xff;
    if (primary != SQLITE_CORRUPT && primary != SQLITE_NOTADB) return false;
  } catch (std::exception const& e) {
    failed(SQLITE_BUSY, e.what());
    return false;
  }
  // Going on would be guessing, and signing the guess. A start looks at all of it.
  books_.reset();
  outage_.give_up();
  log::critical("the audit log is not as it was left: ending, so that a start may look at it");
  if (setup_.lost) setup_.lost();
  return false;
}

void Writer::try_again() {
  if (!recover()) return;
  auto const debts = outage_.debts().size();
  if (!transact([this] {
        pay_debts();
        books_->tidy(clock_.wall());
      }))
    return;
  outage_.debts().clear();
  db_->wait_for_others(setup_.busy);
  auto const lasted =
      std::chrono::duration_cast<std::chrono::milliseconds>(Steady::now() - outage_.since()).count();
  outage_.over();
  healthy_.store(true);
  log::info("the audit log is written again after {} ms; {} settlements had waited for it", {lasted, debts});
}

// One that fails by itself would fail for ever, and nothing else would ever be written.
void Writer::pay_debts() {
  auto& debts = outage_.debts();
  for (std::size_t i = 0; i < debts.size(); ++i) {
    try {
      debts[i]->pay();
    } catch (SqlError const& e) {
      if ((e.code & 0xff) == SQLITE_CONSTRAINT || (e.code & 0xff) == SQLITE_TOOBIG) {
        log::critical("a settlement cannot be written and is given up: {}", {e.what()});
        debts.erase(debts.begin() + static_cast<std::ptrdiff_t>(i));
      }
      throw;
    }
  }
}

Result<> Writer::write_head() {
  if (!transact([this] { books_->tidy(clock_.wall()); }))
    return Error{Errc::audit_unavailable}.log("the database cannot be written");
  audit::SignedHead signed_head;
  signed_head.head = committed_;
  signed_head.origin = setup_.node + "/" + std::to_string(signed_head.head.epoch);
  signed_head.time = clock_.wall();
  auto written = head_file_.replace(audit::sign_head(signed_head, seed_));
  if (written) head_written_ = signed_head.head.size;
  return written;
}

}  // namespace tsg::store
