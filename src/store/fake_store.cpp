// The contract in memory, for tests of what stands above the store, and as the second opinion of the contract
// suite: no cache, no SQL, every answer computed from the rows. Calls complete at once.
#include <algorithm>
#include <map>
#include <mutex>

#include "store/audit_match.hpp"
#include "tsg/audit/chain.hpp"
#include "tsg/store/open.hpp"

namespace tsg::store {
namespace {

using Name = std::pair<std::string, std::string>;

struct Row {
  Admission admission;
  bool open = true;
  Settlement settlement;
};

struct Claim {
  Digest fingerprint{};
  std::int64_t expires_at_ms = 0, hold_id = 0;
  std::optional<StoredAnswer> answer;
};

bool covers(BudgetRef const& b, Admission const& a) {
  auto const ms = a.time.ms();
  if (ms < b.window_start_ms || ms >= b.window_end_ms) return false;
  if (!b.environment.empty() && b.environment != a.environment) return false;
  if (b.scope == "key") return b.scope_id == a.key_id;
  return b.scope == "team" ? b.scope_id == a.org + "." + a.team : b.scope_id == a.org;
}

Admitted refused(Error error) {
  Admitted out;
  out.kind = Admitted::Kind::refused;
  out.refusal = std::move(error);
  return out;
}

class FakeStore final : public Store {
 public:
  explicit FakeStore(Clock const& clock) : Store{65'536} {
    add(R"("time":")" + to_rfc3339(clock.wall()) + R"(","kind":"log.genesis")");
  }

  bool healthy() const noexcept override { return true; }
  void mark_dispatched(Hold const&) noexcept override {}
  Recovery recovery() const noexcept override { return {}; }
  void close() override {}

  Task<Admitted> admit(AuditSlot const&, Admission a) override {
    std::lock_guard const lock{mutex_};
    co_return admit_now(std::move(a));
  }
  Task<> settle(AuditSlot const&, Settlement s) override {
    std::lock_guard const lock{mutex_};
    co_return settle_now(std::move(s));
  }
  Task<> append(std::string fields) override {
    std::lock_guard const lock{mutex_};
    add(fields);
    co_return boost::system::in_place_value;
  }
  Task<std::vector<std::int64_t>> change(Change c) override {
    std::lock_guard const lock{mutex_};
    co_return change_now(c);
  }
  Task<std::vector<Document>> documents(std::string kind) override {
    std::lock_guard const lock{mutex_};
    std::vector<Document> out;
    for (auto const& [name, d] : documents_)
      if (d.kind == kind && !d.deleted) out.push_back(d);
    co_return out;
  }
  Task<std::vector<AuditRow>> audit(AuditQuery q) override {
    std::lock_guard const lock{mutex_};
    std::vector<AuditRow> out;
    for (auto row = log_.rbegin(); row != log_.rend() && out.size() < q.limit; ++row)
      if (row->seq < q.before_seq && matches(q, row->bytes)) out.push_back(*row);
    co_return out;
  }
  Task<Totals> key_totals(std::string key_id, WallTime since) override {
    std::lock_guard const lock{mutex_};
    Totals t;
    for (auto const& [id, row] : ledger_) {
      if (row.admission.key_id != key_id || row.admission.time < since || row.settlement.release) continue;
      ++t.requests;
      if (row.open) t.held += row.admission.hold.value_or(Nano{});
      t.settled += row.settlement.cost.value_or(Nano{});
      for (auto const& p : row.settlement.parts) {
        bool const in = p.meter.find("input") != p.meter.npos || p.meter.starts_with("cache_write");
        bool const out = p.meter.starts_with("output") || p.meter == "reasoning";
        if (in) t.input_tokens += p.units;
        if (out) t.output_tokens += p.units;
      }
    }
    co_return t;
  }

 private:
  void add(std::string_view fields) {
    auto& row = log_.emplace_back();
    row.seq = head_.size;
    audit::append_record(head_, fields, row.bytes);
    row.hash = head_.chain;
  }

  std::optional<Admitted> judge(Admission const& a) const {
    auto const found = claims_.find(Name{a.claim->scope, a.claim->key});
    if (found == claims_.end() || found->second.expires_at_ms <= a.time.ms()) return std::nullopt;
    auto const& c = found->second;
    if (c.fingerprint != a.claim->fingerprint) return refused(Error{Errc::idempotency_key_reused});
    if (!c.answer) {
      Error e{Errc::idempotency_in_progress};
      e.details().retry_after = std::chrono::milliseconds{1000};
      return refused(std::move(e));
    }
    if (c.answer->sealed_body.empty()) return refused(Error{Errc::idempotency_response_too_large});
    Admitted out;
    out.kind = Admitted::Kind::replay;
    out.replay = c.answer;
    return out;
  }

  std::optional<Error> no_room(BudgetRef const& b, Nano amount) const {
    Nano settled, held;
    for (auto const& [id, row] : ledger_) {
      if (!covers(b, row.admission)) continue;
      settled += row.settlement.cost.value_or(Nano{});
      if (row.open) held += row.admission.hold.value_or(Nano{});
    }
    auto const used = checked_add(settled, held);
    auto const with = used ? checked_add(*used, amount) : std::nullopt;
    if (with && *with <= b.limit) return std::nullopt;
    Error e{Errc::insufficient_quota};
    LimitFacts facts;
    facts.scope = b.scope;
    facts.scope_id = b.scope_id;
    facts.limit = to_usd(b.limit);
    facts.used = to_usd(settled);
    facts.held = to_usd(held);
    facts.resets_at = to_rfc3339(WallTime{b.window_end_ms * 1'000'000});
    e.details().limit = std::move(facts);
    return e;
  }

  Result<Admitted> admit_now(Admission a) {
    if (a.claim) {
      if (auto verdict = judge(a)) return std::move(*verdict);
    }
    Nano const amount = a.hold.value_or(Nano{});
    for (auto const& level : a.budgets)
      if (auto full = no_room(level, amount)) return refused(std::move(*full));
    auto const id = next_++;
    if (a.claim) {
      auto& c = claims_[Name{a.claim->scope, a.claim->key}];
      c = Claim{};
      c.fingerprint = a.claim->fingerprint;
      c.expires_at_ms = a.claim->expires_at_ms;
      c.hold_id = id;
    }
    ledger_[id].admission = std::move(a);
    Admitted out;
    out.hold = Hold::committed(id, amount);
    return out;
  }

  Result<> settle_now(Settlement s) {
    auto const found = ledger_.find(s.hold_id);
    if (found == ledger_.end() || !found->second.open) return Error{Errc::conflict};
    auto& row = found->second;
    row.open = false;
    if (s.release) s.cost = Nano{};
    if (auto const& wanted = row.admission.claim) {
      Name const name{wanted->scope, wanted->key};
      auto const claim = claims_.find(name);
      bool const own = claim != claims_.end() && claim->second.hold_id == s.hold_id;
      if (own && s.answer) claim->second.answer = s.answer;
      if (own && !s.answer) claims_.erase(claim);
    }
    add(s.record_fields);
    row.settlement = std::move(s);
    return boost::system::in_place_value;
  }

  Result<std::vector<std::int64_t>> change_now(Change const& c) {
    for (auto const& w : c.writes) {
      auto const found = documents_.find(Name{w.kind, w.id});
      bool const live = found != documents_.end() && !found->second.deleted;
      if (w.version != (live ? found->second.version : 0)) return Error{Errc::conflict};
    }
    std::vector<std::int64_t> versions;
    for (auto const& w : c.writes) {
      auto& kept = documents_[Name{w.kind, w.id}];
      auto const version = kept.version + 1;
      kept = w;
      kept.version = version;
      versions.push_back(version);
    }
    for (auto const& record : c.records) add(record);
    return versions;
  }

  std::mutex mutex_;
  std::vector<AuditRow> log_;
  audit::ChainHead head_;
  std::int64_t next_ = 1;
  std::map<std::int64_t, Row> ledger_;
  std::map<Name, Claim> claims_;
  std::map<Name, Document> documents_;
};

}  // namespace

std::unique_ptr<Store> open_fake(Clock const& clock) {
  return std::make_unique<FakeStore>(clock);
}

}  // namespace tsg::store
