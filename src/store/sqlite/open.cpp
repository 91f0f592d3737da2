// Opening: one process per data directory, migrations, the key check, epoch, recovery, head; then the writer.
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <vector>

#include "store/sqlite/data_dir.hpp"
#include "store/sqlite/log_start.hpp"
#include "store/sqlite/migrate.hpp"
#include "store/sqlite/place_watch.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/schema_check.hpp"
#include "store/sqlite/wal_vfs.hpp"
#include "store/sqlite/writer.hpp"
#include "tsg/core/log.hpp"
#include "tsg/store/open.hpp"
#include "tsg/store/verify.hpp"

namespace tsg::store {
namespace {

class LockFile {  // held while the store is open: a second writer would fork the log (AUD-27)
 public:
  explicit LockFile(std::filesystem::path const& file)
      : fd_{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)},
        held_{fd_ >= 0 && ::flock(fd_, LOCK_EX | LOCK_NB) == 0} {}
  ~LockFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  LockFile(LockFile const&) = delete;
  LockFile& operator=(LockFile const&) = delete;
  bool held() const noexcept { return held_; }
  // From now on the file is a trace of a life of this folder (lived_in).
  void mark() noexcept {
    static constexpr std::string_view text = "the data directory of a tsg gateway\n";
    held_ = ::pwrite(fd_, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
  }

 private:
  int fd_;
  bool held_;
};

class SqliteStore final : public Store {
 public:
  SqliteStore(SqliteOptions const& o, crypto::SecretKey const& master, Clock const& clock)
      : Store{std::min(o.audit_slots, DispatchMap::kSlots)},
        options_{o},
        clock_{clock},
        lived_{lived_in(o.data_dir)},
        lock_{o.data_dir / "tsg.lock"},
        quick_{o.data_dir / "tsg.db", o.vfs, "tsg-reader"},
        reports_{o.data_dir / "tsg.db", o.vfs, "tsg-reports"},
        scans_{o.data_dir / "tsg.db", o.vfs, "tsg-scans"},
        checker_{o.data_dir / "tsg.db", o.vfs, "tsg-checker"},
        seed_{audit::signing_seed(master)} {}
  ~SqliteStore() override { close(); }

  Result<> open(crypto::SecretKey const& master);

  // Where the head cannot be written nothing is unknown, and the gateway goes on for a while; but records
  // that no signature covers must not pile up without end.
  bool healthy() const noexcept override {
    return writer_ && writer_->healthy() && watch_ && watch_->in_place() &&
           head_overdue() < options_.head_overdue_most;
  }
  std::chrono::milliseconds head_overdue() const noexcept override {
    return writer_ ? writer_->head_overdue() : std::chrono::milliseconds{0};
  }
  KeptAnswers kept_answers() const noexcept override {
    KeptAnswers out;
    out.bytes = answers_.bytes.load(std::memory_order_relaxed);
    out.given_up = answers_.given_up.load(std::memory_order_relaxed);
    return out;
  }
  void mark_dispatched(Hold const& hold) noexcept override { dispatch_->mark(hold.id()); }

  Task<Admitted> admit(AuditSlot const&, Admission a) override {
    return submit<Admitted>(writer_->queue(), [this, a = std::move(a)] { return books_->admit(a); });
  }
  Task<> settle(AuditSlot const&, Settlement s) override {
    // Here, and not on the writer, which everybody waits for.
    auto const hash = s.answer ? crypto::sha256(s.answer->sealed_body) : Digest{};
    return submit<void, IfItFails::owe>(writer_->queue(),
                                        [this, s = std::move(s), hash] { return books_->settle(s, hash); });
  }
  Task<Hold> raise(AuditSlot const&, Raise r) override {
    return submit<Hold>(writer_->queue(), [this, r = std::move(r)] { return books_->raise(r); });
  }
  Task<> append(std::string fields) override {
    if (!healthy()) return refused<void>();
    return submit<void>(writer_->queue(), [this, fields = std::move(fields)]() -> Result<> {
      books_->append(fields);
      return boost::system::in_place_value;
    });
  }
  Task<std::vector<std::int64_t>> change(Change c) override {
    if (!healthy()) return refused<std::vector<std::int64_t>>();
    return submit<std::vector<std::int64_t>>(writer_->queue(),
                                             [this, c = std::move(c)] { return books_->change(c); });
  }
  Task<> note_used(std::vector<KeyUse> uses) override {
    return submit<void>(writer_->queue(), [this, uses = std::move(uses)]() -> Result<> {
      books_->note_used(uses);
      return boost::system::in_place_value;
    });
  }
  Task<std::vector<KeyUse>> key_uses() override {
    return submit<std::vector<KeyUse>>(quick_.queue(), [this] { return quick_.key_uses(); });
  }
  Task<std::vector<Document>> documents(std::string kind, std::string after, std::size_t limit) override {
    return submit<std::vector<Document>>(quick_.queue(),
                                         [this, kind = std::move(kind), after = std::move(after), limit] {
                                           return quick_.documents(kind, after, limit);
                                         });
  }
  Task<std::vector<Document>> versions(std::string kind, std::string id, std::int64_t before,
                                       std::size_t limit) override {
    return submit<std::vector<Document>>(quick_.queue(),
                                         [this, kind = std::move(kind), id = std::move(id), before, limit] {
                                           return quick_.versions(kind, id, before, limit);
                                         });
  }
  Task<AuditPage> audit(AuditQuery q) override {
    return submit<AuditPage>(scans_.queue(), [this, q = std::move(q)] { return scans_.audit(q); });
  }
  Task<Totals> key_totals(std::string id, WallTime since) override {
    return submit<Totals>(quick_.queue(),
                          [this, id = std::move(id), since] { return quick_.key_totals(id, since); });
  }
  Task<std::vector<BudgetState>> budgets(std::vector<BudgetRef> levels) override {
    return submit<std::vector<BudgetState>>(
        quick_.queue(), [this, levels = std::move(levels)] { return quick_.budgets(levels); });
  }
  Task<std::vector<UsageRow>> usage(UsageQuery q) override {
    return submit<std::vector<UsageRow>>(reports_.queue(),
                                         [this, q = std::move(q)] { return reports_.usage(q); });
  }
  Task<LedgerPage> ledger(LedgerQuery q) override {
    return submit<LedgerPage>(reports_.queue(), [this, q = std::move(q)] { return reports_.ledger(q); });
  }
  Task<std::vector<audit::Break>> breaks() override {
    return submit<std::vector<audit::Break>>(checker_.queue(), [this] { return breaks_now(); });
  }
  Recovery recovery() const noexcept override { return recovery_; }

  void close() override {
    if (std::exchange(closed_, true)) return;
    for (auto* reader : {&quick_, &reports_, &scans_, &checker_}) reader->stop();
    if (!writer_) return;
    writer_->stop();
    watch_.reset();
    try {
      if (db_) db_->exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (SqlError const& e) {
      log::warn("closing checkpoint: {}", {e.what()});
    }
  }

 private:
  static void pragmas(Db& db, bool durable);
  void make_books() {
    books_.emplace(*db_, *dispatch_, crypto::SecretKey{record_key_->bytes()}, options_.answer_bytes,
                   answers_);
  }
  // Without a way to the thread that would do it.
  template <class T>
  static Task<T> refused() {
    co_return Error{Errc::audit_unavailable};
  }
  Result<> check_secrets(crypto::SecretKey const& master);
  Result<> check_value(std::string_view name, Digest const& value, char const* refusal);
  Result<> first_head();
  Result<std::vector<audit::Break>> breaks_now() const;

  SqliteOptions options_;
  Clock const& clock_;
  bool lived_;  // before this start came to the folder
  LockFile lock_;
  std::unique_ptr<DispatchMap> dispatch_;
  std::optional<Db> db_;
  AnswerCounters answers_;
  std::optional<Books> books_;
  // What requests and changes wait for; sums over any time; looks through the log; a check of the whole log.
  Reader quick_, reports_, scans_, checker_;
  std::optional<crypto::SecretKey> record_key_;  // seals rows of ledger and documents
  crypto::SecretKey seed_;
  std::unique_ptr<Writer> writer_;
  std::optional<PlaceWatch> watch_;
  Recovery recovery_;
  std::vector<std::string> new_meta_;  // rows that this start has made before it looked at the others
  bool closed_ = false;
};

void SqliteStore::pragmas(Db& db, bool durable) {
  db.exec("PRAGMA journal_mode=WAL");
  // FULL: fsync of the WAL per commit. NORMAL: at checkpoints only. It survives kill -9 (the page cache
  // does); a power loss costs the last commits, but not, as OFF could, the database.
  db.exec(durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  db.exec("PRAGMA temp_store=MEMORY; PRAGMA secure_delete=FAST; PRAGMA cache_size=-4096");
}

// A wrong key must never start a second life on the same data (ENC-11).
Result<> SqliteStore::check_secrets(crypto::SecretKey const& master) {
  auto right =
      check_value("master_key_check", crypto::hkdf_sha256(master.bytes(), "tsg", "master key check v1"),
                  "secrets.master_key is not the key this data directory was made with");
  if (!right || !options_.pepper_check) return right;
  return check_value("key_pepper_check", *options_.pepper_check,
                     "secrets.key_pepper is not the one this data directory was made with: every key and "
                     "admin token would be refused. Put the old one back");
}

// Compares; where nothing is kept yet, this value is from now on.
Result<> SqliteStore::check_value(std::string_view name, Digest const& value, char const* refusal) {
  Statement find{*db_, "SELECT value FROM meta WHERE name=?"};
  if (find.bind(name).step()) {
    bool const same = crypto::equal(find.blob(0), value);
    find.reset();
    if (same) return boost::system::in_place_value;
    return Error{Errc::internal, refusal};
  }
  if (lived_) log::warn("the database had lost its {}: it is written anew", {name});
  Statement{*db_, "INSERT INTO meta(name,value) VALUES(?,?)"}.bind(name).bind_blob(value).run_one();
  new_meta_.emplace_back(name);
  return boost::system::in_place_value;
}

Result<std::vector<audit::Break>> SqliteStore::breaks_now() const {
  auto report = verify(options_.data_dir, std::nullopt);
  if (report.exit_code == 0 || report.exit_code == 4) return std::move(report.breaks);
  return Error{Errc::conflict,
               "The log cannot be checked, so nothing can be acknowledged: " + report.message};
}

// A head of nothing, before there is anything: from then on a log without a head has lost it.
Result<> SqliteStore::first_head() {
  if (lived_) return boost::system::in_place_value;
  audit::SignedHead none;
  none.origin = options_.node + "/1";
  none.time = clock_.wall();
  audit::HeadFile file{options_.data_dir / "audit.head", options_.durable};
  auto written = file.replace(audit::sign_head(none, seed_));
  if (written) return written;
  auto const* why = written.error().peek();
  return Error{Errc::internal, "audit.head cannot be written: " + (why ? why->log : "")};
}

Result<> SqliteStore::open(crypto::SecretKey const& master) {
  if (auto const odd = odd_file(options_.data_dir); !odd.empty())
    return Error{Errc::internal, odd + " is not a regular file: remove it"};
  if (!lock_.held())
    return Error{Errc::internal,
                 "data_dir " + options_.data_dir.string() + " is in use by another process, or not writable"};
  try {
    if (auto first = first_head(); !first) return first;
    db_.emplace(options_.data_dir / "tsg.db", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                wal_vfs(options_.vfs));
    pragmas(*db_, options_.durable);
    check_schema_is_known(schema_of(*db_));
    if (auto const other = schema_difference(*db_); !other.empty())
      return Error{Errc::internal,
                   "the database was changed: " + other +
                       ". What is read from it could be anything. Run `tsg audit verify`, keep "
                       "a copy of data_dir, and restore the database from a backup"};
    if (auto const value = value_difference(*db_, false); !value.empty())
      return Error{
          Errc::internal,
          "the database was changed: " + value +
              ". No gateway writes that. Run `tsg audit verify`, keep a copy of data_dir, and restore the "
              "database from a backup"};
    migrate(*db_, known_schema());
    auto right_keys = check_secrets(master);
    if (!right_keys) return right_keys;
    record_key_.emplace(audit::record_key(master));
    auto dispatch = DispatchMap::open(options_.data_dir / "dispatch.map", *record_key_);
    if (!dispatch) return dispatch.error();
    dispatch_ = std::move(*dispatch);
    make_books();
    LogStart setup;
    setup.data_dir = options_.data_dir;
    setup.node = options_.node;
    setup.software = options_.software;
    setup.key = crypto::ed25519_public(seed_);
    setup.record_key = &*record_key_;
    setup.new_meta = new_meta_;
    auto log = start_log(*db_, *books_, *dispatch_, clock_, setup);
    if (!log) return log.error();
    recovery_ = *log;
  } catch (SqlError const& e) {
    return Error{Errc::internal, std::string{"the database cannot be opened: "} + e.what()};
  }
  Writer::Setup setup;
  setup.head_file = options_.data_dir / "audit.head";
  setup.node = options_.node;
  setup.durable = options_.durable;
  setup.database = options_.data_dir / "tsg.db";
  setup.vfs = options_.vfs;
  setup.checkpoint_pages = options_.checkpoint_pages;
  setup.busy = options_.busy;
  setup.prepare = [this](Db& db) {
    pragmas(db, options_.durable);
    db.integer("SELECT count(*) FROM meta");  // now the log is there, perhaps another one than before
    watch_->reopened();
  };
  setup.make_books = [this] { make_books(); };
  setup.lost = options_.lost;
  writer_ = std::make_unique<Writer>(db_, books_, *dispatch_, std::move(seed_), clock_, std::move(setup));
  auto written = writer_->write_head();  // before anybody is served
  if (!written) {
    auto const* why = written.error().peek();
    return Error{Errc::internal, "audit.head cannot be written: " + (why ? why->log : "")};
  }
  lock_.mark();
  watch_.emplace(std::vector{options_.data_dir / "tsg.db", options_.data_dir / "tsg.lock"},
                 options_.data_dir / "tsg.db-wal");
  writer_->start();
  for (auto* reader : {&quick_, &reports_, &scans_, &checker_}) reader->start();
  return boost::system::in_place_value;
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(SqliteOptions const& options, crypto::SecretKey const& master_key,
                                           Clock const& clock) {
  ::umask(0077);  // everything below is for the daemon's own user
  if (auto own = take_data_dir(options.data_dir); !own) return own.error();
  auto store = std::make_unique<SqliteStore>(options, master_key, clock);
  auto opened = store->open(master_key);
  if (!opened) return opened.error();
  return std::unique_ptr<Store>{std::move(store)};
}

}  // namespace tsg::store
