// The store: business operations, each one transaction; no SQL above this line. One writer, group commit:
// every call below resumes its caller, on the caller's own thread, after the commit is durable in the
// configured sense. Where nothing can be written, calls fail with audit_unavailable until it can again.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/audit/record.hpp"
#include "tsg/audit/walk.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/core/ids.hpp"
#include "tsg/core/money.hpp"
#include "tsg/core/task.hpp"
#include "tsg/store/usage.hpp"

namespace tsg::store {

class Store;

// The right to leave one audit record. Taken before anything is sent upstream; given back when it dies.
// Bounded: none free means 503 audit_unavailable.
class AuditSlot {
 public:
  AuditSlot() = default;
  AuditSlot(AuditSlot&& o) noexcept : store_{std::exchange(o.store_, nullptr)} {}
  AuditSlot& operator=(AuditSlot&& o) noexcept {
    std::swap(store_, o.store_);
    return *this;
  }
  ~AuditSlot();
  explicit operator bool() const noexcept { return store_ != nullptr; }

 private:
  friend class Store;
  explicit AuditSlot(Store& store) noexcept : store_{&store} {}
  Store* store_ = nullptr;
};

// Money put aside for one request; made by admit() only. The function that sends takes one as argument.
class Hold {
 public:
  Hold() = default;
  std::int64_t id() const noexcept { return id_; }
  Nano amount() const noexcept { return amount_; }
  explicit operator bool() const noexcept { return id_ != 0; }
  static Hold committed(std::int64_t id, Nano amount) noexcept {  // for implementations of Store
    Hold h;
    h.id_ = id;
    h.amount_ = amount;
    return h;
  }

 private:
  std::int64_t id_ = 0;
  Nano amount_;
};

struct BudgetRef {  // one level that must have room
  BudgetRef() = default;
  std::string scope, scope_id,
      environment;  // org "acme", team "acme.core", key "key_…"; "" = all environments
  std::int64_t window_start_ms = 0, window_end_ms = 0;
  Nano limit;                       // zero means nothing; a level without a limit is not in the list
  std::vector<int> alerts_percent;  // of the limit, settled and held together; each once per window (BUD-10)
};
struct BudgetState {
  BudgetState() = default;
  Nano settled, held;
};

struct IdempotencyClaim {
  IdempotencyClaim() = default;
  std::string scope;     // key id + method + route (IDM-7)
  std::string key;       // normalised header value
  Digest fingerprint{};  // method, route, raw body (IDM-8)
  std::int64_t expires_at_ms = 0;
};

struct StoredAnswer {
  StoredAnswer() = default;
  int status = 0;
  std::string content_type;
  Bytes sealed_body;  // encrypted by the caller
  RequestId request_id;
};

// The admission transaction: hold, budgets, idempotency claim, all or none.
struct Admission {
  Admission() = default;
  RequestId request_id;
  WallTime time;
  std::string key_id, org, team, environment;
  std::string provider, model, model_requested;
  std::optional<Nano> hold;         // absent: unpriced, recorded as such
  std::vector<Nano> cheaper_holds;  // tried in order where `hold` does not fit; descending
  std::vector<BudgetRef> budgets;
  std::int64_t markup_micro = 0;  // for chargeback, in 1e-6 of the cost; no part of any amount here
  std::optional<IdempotencyClaim> claim;
  std::optional<Error> refusal;  // decided already; a stored answer is given all the same
};

// A dearer target than the one the hold was made for: more money is put aside before it is called.
struct Raise {
  Raise() = default;
  std::int64_t hold_id = 0;
  Nano amount;  // of the whole hold; lower than now changes nothing but provider and model
  std::string provider, model;
  std::vector<BudgetRef> budgets;
};

struct Admitted {
  enum class Kind : std::uint8_t { admitted, refused, replay };
  Admitted() = default;
  Kind kind = Kind::admitted;
  Hold hold;
  std::optional<Error> refusal;        // insufficient_quota, idempotency_*
  Nano room;                           // where a budget refused: what would have fitted
  std::optional<StoredAnswer> replay;  // of a refused one: only the id of the request that had the key first
};

// The settlement transaction: ledger, idempotency record, audit record, all or none. Exactly once per
// hold: a second settlement of the same hold fails with Errc::conflict and writes nothing.
struct Settlement {
  Settlement() = default;
  std::int64_t hold_id = 0;
  bool release = false;      // nothing was sent: the hold is given back, cost 0
  std::optional<Nano> cost;  // absent: unpriced
  bool estimated = false;
  std::string provider, model;  // as served
  std::string price_version;
  std::vector<audit::CostPart> parts;
  // What becomes of the idempotency claim: kept with its answer, kept as "outcome unknown", or freed.
  std::optional<StoredAnswer> answer;
  bool indeterminate = false;
  std::string record_fields;        // audit::append_fields
  std::vector<std::string> events;  // further records, after it
};

// Documents of the control plane: organisations, teams, keys, tokens, policies, … One mechanism for all:
// a kind, an id, a version that counts up, a JSON document; every version is kept.
struct Document {
  Document() = default;
  std::string kind, id;
  std::int64_t version = 0;  // on write: the version that must be there now (0 = must not exist)
  bool deleted = false;
  std::string json;
  WallTime changed_at;
};
struct Change {
  Change() = default;
  std::vector<Document> writes;      // all or none; on a version mismatch Errc::conflict
  std::vector<std::string> records;  // audit record fields, appended in the same transaction
};

struct AuditRow {
  AuditRow() = default;
  std::int64_t seq = 0;
  WallTime time;      // of the record; 0 if it has none
  std::string bytes;  // the record's JSON as hashed
  Digest hash{};      // chain hash
};
struct AuditQuery {
  AuditQuery() = default;
  std::int64_t before_seq = INT64_MAX;  // newest first, seq < before_seq
  std::size_t limit = 50;
  // All must match; a member path and its exact text value ("org", "acme").
  std::vector<std::pair<std::string, std::string>> equals;
  std::optional<WallTime> from, to;
  std::optional<RequestId> request_id;  // found by time, then exactly
  // One call looks for at most so long (from when its turn has come) and at so many records, and at one at
  // least; then the page says how far it came. Absent: to the end.
  std::optional<std::chrono::milliseconds> within;
  std::size_t look_at = SIZE_MAX;
};
struct AuditPage {
  AuditPage() = default;
  std::vector<AuditRow> rows;  // newest first
  // Nothing older was looked at: go on with before_seq = this. Absent: there is no more.
  std::optional<std::int64_t> next_before;
  std::optional<WallTime> scanned_to;  // time of the oldest record looked at; absent: none was
};

struct Totals {  // one key's own numbers since a time
  std::int64_t requests = 0, input_tokens = 0, output_tokens = 0;
  Nano settled, held;
};

struct KeyUse {  // when a key was last used, coarsely
  KeyUse() = default;
  KeyUse(std::string id, WallTime t) : key_id{std::move(id)}, at{t} {}
  std::string key_id;
  WallTime at;
};

struct KeptAnswers {  // of Idempotency-Keys
  std::int64_t bytes = 0;
  std::int64_t given_up = 0;  // answers that were not kept, or gave way to others, since the start
};

struct Recovery {  // what the last start had to repair
  std::int64_t holds_settled = 0, holds_released = 0;
  bool new_epoch = false;
};

class Store {
 public:
  virtual ~Store() = default;

  // Any thread, no I/O.
  std::optional<AuditSlot> try_reserve() noexcept;
  // May anything be admitted? No from a failed commit on until one succeeds again, while the head is overdue
  // for too long, and while the store's files are not at their places.
  virtual bool healthy() const noexcept = 0;
  // How long the log's signed head could not be written, which is tried again until it can; 0 = it can.
  virtual std::chrono::milliseconds head_overdue() const noexcept { return {}; }
  virtual KeptAnswers kept_answers() const noexcept { return {}; }
  // Before the first byte goes upstream: survives kill -9 at once, without a commit.
  virtual void mark_dispatched(Hold const& hold) noexcept = 0;

  // Worker and admin threads (any thread that runs an io_context).
  virtual Task<Admitted> admit(AuditSlot const& slot, Admission admission) = 0;
  // insufficient_quota: the hold stays as it was.
  virtual Task<Hold> raise(AuditSlot const& slot, Raise raise) = 0;
  // audit_unavailable: it is kept, and written as soon as anything can be; money and record are not lost.
  virtual Task<> settle(AuditSlot const& slot, Settlement settlement) = 0;
  virtual Task<> append(std::string record_fields) = 0;               // refusals and events
  virtual Task<std::vector<std::int64_t>> change(Change change) = 0;  // new versions, in order

  // A later time that is known already stays.
  virtual Task<> note_used(std::vector<KeyUse> uses) = 0;

  // Read connections, their own threads: neither a commit nor, but for audit(), usage() and ledger() among
  // themselves, another query waits for a long one.
  virtual Task<std::vector<KeyUse>> key_uses() = 0;  // of all keys that were noted, by id
  // Live ones by id, those behind `after`. There may be 100,000 keys: who reads them all takes them in
  // pieces.
  virtual Task<std::vector<Document>> documents(std::string kind, std::string after = {},
                                                std::size_t limit = INT64_MAX) = 0;
  // What one document was: newest first, version < `before`; deletions too.
  virtual Task<std::vector<Document>> versions(std::string kind, std::string id, std::int64_t before,
                                               std::size_t limit) = 0;
  virtual Task<AuditPage> audit(AuditQuery query) = 0;
  virtual Task<Totals> key_totals(std::string key_id, WallTime since) = 0;
  virtual Task<std::vector<BudgetState>> budgets(std::vector<BudgetRef> levels) = 0;  // of one instant
  virtual Task<std::vector<UsageRow>> usage(UsageQuery query) = 0;  // ordered by their columns
  virtual Task<LedgerPage> ledger(LedgerQuery query) = 0;

  // What `tsg audit verify` would list now: reads the whole log, on a thread of its own.
  virtual Task<std::vector<audit::Break>> breaks() = 0;

  virtual Recovery recovery() const noexcept = 0;
  // Drains the queue, writes the signed head, closes. Blocks; call when no worker runs any more, and before
  // the callers' io_contexts are destroyed: the writer may still be posting to them.
  virtual void close() = 0;

 protected:
  explicit Store(std::size_t slots) noexcept : free_slots_{static_cast<std::int64_t>(slots)} {}

 private:
  friend class AuditSlot;
  std::atomic<std::int64_t> free_slots_;
};

}  // namespace tsg::store
