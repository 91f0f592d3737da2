// Opening: one process per data directory, migrations, the key check, epoch, recovery, head; then the writer.
#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "store/sqlite/migrate.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/wal_vfs.hpp"
#include "store/sqlite/writer.hpp"
#include "tsg/store/open.hpp"

namespace tsg::store {
namespace {

class LockFile {  // held while the store is open: a second writer would fork the log (AUD-27)
 public:
  explicit LockFile(std::filesystem::path const& file)
      : fd_{::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)},
        held_{fd_ >= 0 && ::flock(fd_, LOCK_EX | LOCK_NB) == 0} {}
  ~LockFile() {
    if (fd_ >= 0) ::close(fd_);
  }
  LockFile(LockFile const&) = delete;
  LockFile& operator=(LockFile const&) = delete;
  bool held() const noexcept { return held_; }

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
        lock_{o.data_dir / "tsg.lock"},
        reader_{o.data_dir / "tsg.db", o.vfs},
        seed_{audit::signing_seed(master)} {}
  ~SqliteStore() override { close(); }

  Result<> open(crypto::SecretKey const& master);

  bool healthy() const noexcept override { return writer_ && writer_->healthy(); }
  std::chrono::milliseconds head_overdue() const noexcept override {
    return writer_ ? writer_->head_overdue() : std::chrono::milliseconds{0};
  }
  void mark_dispatched(Hold const& hold) noexcept override { dispatch_->mark(hold.id()); }

  Task<Admitted> admit(AuditSlot const&, Admission a) override {
    return submit<Admitted>(writer_->queue(), [this, a = std::move(a)] { return books_->admit(a); });
  }
  Task<> settle(AuditSlot const&, Settlement s) override {
    return submit<void>(writer_->queue(), [this, s = std::move(s)] { return books_->settle(s); });
  }
  Task<Hold> raise(AuditSlot const&, Raise r) override {
    return submit<Hold>(writer_->queue(), [this, r = std::move(r)] { return books_->raise(r); });
  }
  Task<> append(std::string fields) override {
    return submit<void>(writer_->queue(), [this, fields = std::move(fields)]() -> Result<> {
      books_->append(fields);
      return boost::system::in_place_value;
    });
  }
  Task<std::vector<std::int64_t>> change(Change c) override {
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
    return submit<std::vector<KeyUse>>(reader_.queue(), [this] { return reader_.key_uses(); });
  }
  Task<std::vector<Document>> documents(std::string kind, std::string after, std::size_t limit) override {
    return submit<std::vector<Document>>(reader_.queue(),
                                         [this, kind = std::move(kind), after = std::move(after), limit] {
                                           return reader_.documents(kind, after, limit);
                                         });
  }
  Task<std::vector<Document>> versions(std::string kind, std::string id, std::int64_t before,
                                       std::size_t limit) override {
    return submit<std::vector<Document>>(reader_.queue(),
                                         [this, kind = std::move(kind), id = std::move(id), before, limit] {
                                           return reader_.versions(kind, id, before, limit);
                                         });
  }
  Task<std::vector<AuditRow>> audit(AuditQuery q) override {
    return submit<std::vector<AuditRow>>(reader_.queue(),
                                         [this, q = std::move(q)] { return reader_.audit(q); });
  }
  Task<Totals> key_totals(std::string id, WallTime since) override {
    return submit<Totals>(reader_.queue(),
                          [this, id = std::move(id), since] { return reader_.key_totals(id, since); });
  }
  Task<std::vector<BudgetState>> budgets(std::vector<BudgetRef> levels) override {
    return submit<std::vector<BudgetState>>(
        reader_.queue(), [this, levels = std::move(levels)] { return reader_.budgets(levels); });
  }
  Task<std::vector<UsageRow>> usage(UsageQuery q) override {
    return submit<std::vector<UsageRow>>(reader_.queue(),
                                         [this, q = std::move(q)] { return reader_.usage(q); });
  }
  Task<LedgerPage> ledger(LedgerQuery q) override {
    return submit<LedgerPage>(reader_.queue(), [this, q = std::move(q)] { return reader_.ledger(q); });
  }
  Recovery recovery() const noexcept override { return recovery_; }

  void close() override {
    if (std::exchange(closed_, true)) return;
    reader_.stop();
    if (!writer_) return;
    writer_->stop();
    try {
      db_->exec("PRAGMA wal_checkpoint(TRUNCATE)");
    } catch (SqlError const& e) {
      spdlog::warn("closing checkpoint: {}", e.what());
    }
  }

 private:
  void pragmas();
  Result<> check_secrets(crypto::SecretKey const& master);
  Result<> check_value(std::string_view name, Digest const& value, char const* refusal);
  Result<> open_log();
  Result<> check_signed_part(audit::SignedHead const& kept, std::int64_t size);
  void genesis();
  void new_epoch(std::optional<audit::SignedHead> const& lost);

  SqliteOptions options_;
  Clock const& clock_;
  LockFile lock_;
  std::unique_ptr<DispatchMap> dispatch_;
  std::optional<Db> db_;
  std::optional<Books> books_;
  Reader reader_;
  crypto::SecretKey seed_;
  std::unique_ptr<Writer> writer_;
  Recovery recovery_;
  bool closed_ = false;
};

void SqliteStore::pragmas() {
  db_->exec("PRAGMA journal_mode=WAL");
  // FULL: fsync of the WAL per commit. NORMAL: at checkpoints only. It survives kill -9 (the page cache
  // does); a power loss costs the last commits, but not, as OFF could, the database.
  db_->exec(options_.durable ? "PRAGMA synchronous=FULL" : "PRAGMA synchronous=NORMAL");
  db_->exec("PRAGMA temp_store=MEMORY; PRAGMA secure_delete=FAST; PRAGMA cache_size=-4096");
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
  Statement{*db_, "INSERT INTO meta(name,value) VALUES(?,?)"}.bind(name).bind_blob(value).run();
  return boost::system::in_place_value;
}

void SqliteStore::genesis() {
  audit::Record r;
  r.kind = "log.genesis";
  r.time = clock_.wall();
  nlohmann::ordered_json after;
  after["origin"] = options_.node + "/1";
  after["public_key"] = to_hex(crypto::ed25519_public(seed_));
  after["software"] = options_.software;
  after["format"] = 1;
  r.after_json = after.dump();
  std::string fields;
  audit::append_fields(fields, r);
  books_->append(fields);
}

// AUD-26: the log is behind what was signed (a restored backup). The old chain must not be continued as if
// nothing had happened: a new epoch names what was lost. Without any head nobody can tell whether something
// was cut off, and that is recorded the same way.
void SqliteStore::new_epoch(std::optional<audit::SignedHead> const& lost) {
  auto head = books_->head();
  head.epoch = (lost ? std::max(head.epoch, lost->head.epoch) : head.epoch) + 1;
  books_->set_head(head);
  audit::Record r;
  r.kind = "log.epoch";
  r.time = clock_.wall();
  nlohmann::ordered_json before, after;
  if (lost) {
    before["origin"] = lost->origin;
    before["size"] = lost->head.size;
    before["chain"] = to_hex(lost->head.chain);
    before["time"] = to_rfc3339(lost->time);
    r.before_json = before.dump();
  }
  after["origin"] = options_.node + "/" + std::to_string(head.epoch);
  r.after_json = after.dump();
  r.detail = lost ? "the database was behind its signed head" : "audit.head was missing";
  std::string fields;
  audit::append_fields(fields, r);
  books_->append(fields);
  recovery_.new_epoch = true;
  dispatch_->distrust();
}

// A log that contradicts its signed head was changed. Going on would sign the change, and the head that
// proves it would be gone: nothing starts until somebody has looked.
Result<> SqliteStore::check_signed_part(audit::SignedHead const& kept, std::int64_t size) {
  auto const changed = [](std::int64_t seq) {
    return Error{Errc::internal,
                 "the audit log was changed: record " + std::to_string(seq) +
                     " is not what audit.head was signed over. Run `tsg audit verify`, keep a "
                     "copy of data_dir, and restore the database from a backup"};
  };
  if (kept.head.size == 0 || kept.head.size > size) return boost::system::in_place_value;
  Digest chain{};
  std::int64_t seq = kept.head.size - 1;
  Statement rows{*db_, "SELECT seq,bytes,hash FROM audit_record WHERE seq>=? ORDER BY seq"};
  rows.bind(seq);
  for (; rows.step(); ++seq) {  // what came after the head is about a second's worth
    auto const hash = rows.blob(2);
    bool const first = seq == kept.head.size - 1;
    Digest const expected = first ? kept.head.chain : audit::next_chain(chain, rows.text(1));
    bool const fits = rows.integer(0) == seq && crypto::equal(hash, expected);
    if (!fits) {
      rows.reset();
      return changed(seq);
    }
    chain = expected;
  }
  if (seq != size) return changed(seq);
  return boost::system::in_place_value;
}

Result<> SqliteStore::open_log() {
  audit::ChainHead head;
  {
    Statement last{*db_, "SELECT seq,bytes,hash FROM audit_record ORDER BY seq DESC LIMIT 1"};
    if (last.step()) {
      head.size = last.integer(0) + 1;
      auto const json = nlohmann::json::parse(last.text(1), nullptr, false);
      if (!json.is_object() || last.blob(2).size() != 32)
        return Error{Errc::internal, "the last audit record is damaged: run `tsg audit verify`"};
      auto const epoch = json.find("epoch");
      if (epoch == json.end() || !epoch->is_number_integer())
        return Error{Errc::internal, "the last audit record is damaged: run `tsg audit verify`"};
      head.epoch = epoch->get<std::int64_t>();
      auto const hash = last.blob(2);
      std::copy(hash.begin(), hash.end(), head.chain.begin());
      last.reset();
    }
  }
  books_->set_head(head);
  std::optional<audit::SignedHead> kept;
  if (std::ifstream in{options_.data_dir / "audit.head", std::ios::binary}; in) {
    std::ostringstream text;
    text << in.rdbuf();
    auto parsed = audit::parse_head(text.str());
    if (!parsed)
      return Error{Errc::internal,
                   "audit.head is damaged: run `tsg audit verify`, then restore it from a copy"};
    kept = *parsed;
  }
  if (kept && kept->key != crypto::ed25519_public(seed_))
    return Error{Errc::internal, "audit.head was signed with another key: is this the right master_key?"};

  if (kept) {
    if (auto fits = check_signed_part(*kept, head.size); !fits) return fits;
  }
  db_->exec("BEGIN IMMEDIATE");
  if (head.size == 0 && !kept) genesis();
  // One record without a head is a first start that ended before it wrote one.
  bool const behind = kept ? kept->head.size > head.size : head.size > 1;
  if (behind) {
    if (head.size == 0) genesis();
    new_epoch(kept);
  }
  auto const before = recovery_;
  recovery_ = books_->recover(clock_.wall());
  recovery_.new_epoch = before.new_epoch;
  db_->exec("COMMIT");
  dispatch_->clear();
  return boost::system::in_place_value;
}

Result<> SqliteStore::open(crypto::SecretKey const& master) {
  if (!lock_.held())
    return Error{Errc::internal,
                 "data_dir " + options_.data_dir.string() + " is in use by another process, or not writable"};
  try {
    db_.emplace(options_.data_dir / "tsg.db", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE,
                wal_vfs(options_.vfs));
    pragmas();
    migrate(*db_);
    auto right_keys = check_secrets(master);
    if (!right_keys) return right_keys;
    auto dispatch = DispatchMap::open(options_.data_dir / "dispatch.map");
    if (!dispatch) return dispatch.error();
    dispatch_ = std::move(*dispatch);
    books_.emplace(*db_, *dispatch_);
    auto log = open_log();
    if (!log) return log;
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
  writer_ = std::make_unique<Writer>(*db_, *books_, std::move(seed_), clock_, std::move(setup));
  auto written = writer_->write_head();  // before anybody is served
  if (!written) {
    auto const* why = written.error().peek();
    return Error{Errc::internal, "audit.head cannot be written: " + (why ? why->log : "")};
  }
  writer_->start();
  reader_.start();
  return boost::system::in_place_value;
}

}  // namespace

Result<std::unique_ptr<Store>> open_sqlite(SqliteOptions const& options, crypto::SecretKey const& master_key,
                                           Clock const& clock) {
  std::error_code ec;
  ::umask(0077);  // everything below is for the daemon's own user
  std::filesystem::create_directories(options.data_dir, ec);
  if (ec)
    return Error{Errc::internal,
                 "data_dir " + options.data_dir.string() + " cannot be created: " + ec.message()};
  ::chmod(options.data_dir.c_str(), 0700);
  auto store = std::make_unique<SqliteStore>(options, master_key, clock);
  auto opened = store->open(master_key);
  if (!opened) return opened.error();
  return std::unique_ptr<Store>{std::move(store)};
}

}  // namespace tsg::store
