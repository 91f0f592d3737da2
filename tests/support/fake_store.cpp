// The contract in memory, for tests of what stands above the store, and as the second opinion of the contract
// suite: no cache, no SQL, every answer computed from the rows. Calls complete at once.
#include "support/fake_store.hpp"

#include <algorithm>
#include <map>
#include <mutex>
#include <set>

#include "store/audit_match.hpp"
#include "store/levels.hpp"
#include "store/parts.hpp"
#include "store/usage_fold.hpp"
#include "store/usage_span.hpp"
#include "tsg/audit/chain.hpp"
#include "tsg/store/claimed_before.hpp"

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
  bool indeterminate = false;
  RequestId original;
};

struct Names {
  std::string org, team, environment, key_id, provider, model;
};

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
  Task<std::vector<audit::Break>> breaks() override {
    co_return std::vector<audit::Break>{};  // nobody else can change what is in memory
  }
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
  Task<Hold> raise(AuditSlot const&, Raise r) override {
    std::lock_guard const lock{mutex_};
    co_return raise_now(r);
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
  Task<> note_used(std::vector<KeyUse> uses) override {
    std::lock_guard const lock{mutex_};
    for (auto const& use : uses) {
      auto& at = used_[use.key_id];
      at = std::max(at, use.at);
    }
    co_return boost::system::in_place_value;
  }
  Task<std::vector<KeyUse>> key_uses() override {
    std::lock_guard const lock{mutex_};
    std::vector<KeyUse> out;
    for (auto const& [id, at] : used_) out.emplace_back(id, at);
    co_return out;
  }
  Task<std::vector<Document>> documents(std::string kind, std::string after, std::size_t limit) override {
    std::lock_guard const lock{mutex_};
    std::vector<Document> out;
    for (auto const& [name, d] : documents_)
      if (d.kind == kind && d.id > after && !d.deleted && out.size() < limit) out.push_back(d);
    co_return out;
  }
  Task<std::vector<Document>> versions(std::string kind, std::string id, std::int64_t before,
                                       std::size_t limit) override {
    std::lock_guard const lock{mutex_};
    std::vector<Document> out;
    auto const& all = versions_[Name{kind, id}];
    for (auto d = all.rbegin(); d != all.rend() && out.size() < limit; ++d)
      if (d->version < before) out.push_back(*d);
    co_return out;
  }
  Task<AuditPage> audit(AuditQuery q) override {
    std::lock_guard const lock{mutex_};
    AuditPage page;
    AuditLook look{q, 0};
    auto row = log_.rbegin();
    for (; row != log_.rend() && look.wants_more(); ++row) {
      if (row->seq >= q.before_seq || !look.take(row->seq, row->bytes)) continue;
      page.rows.push_back(*row);
      page.rows.back().time = WallTime{record_ms(row->bytes) * 1'000'000};
    }
    look.end(page, row == log_.rend());
    co_return page;
  }
  Task<Totals> key_totals(std::string key_id, WallTime since) override {
    std::lock_guard const lock{mutex_};
    Totals t;
    for (auto const& [id, row] : ledger_) {
      if (row.admission.key_id != key_id || row.admission.time < since || row.settlement.release) continue;
      ++t.requests;
      if (row.open) t.held += row.admission.hold.value_or(Nano{});
      t.settled += row.settlement.cost.value_or(Nano{});
      auto const tokens = tokens_of(row.settlement.parts);
      t.input_tokens = saturated_add(t.input_tokens, tokens.input_tokens);
      t.output_tokens = saturated_add(t.output_tokens, tokens.output_tokens);
    }
    co_return t;
  }
  Task<std::vector<BudgetState>> budgets(std::vector<BudgetRef> levels) override {
    std::lock_guard const lock{mutex_};
    std::vector<BudgetState> out;
    for (auto const& level : levels) out.push_back(state(level));
    co_return out;
  }
  Task<std::vector<UsageRow>> usage(UsageQuery q) override {
    if (q.within && q.within->count() <= 0) co_return too_long();
    std::lock_guard const lock{mutex_};
    UsageFold fold{q};
    for (auto const& [id, row] : ledger_) {
      auto const& a = row.admission;
      auto const& s = row.settlement;
      if (row.open || s.release || a.time.ms() < q.from_ms || a.time.ms() >= q.to_ms) continue;
      Names const n{a.org, a.team, a.environment, a.key_id, s.provider, s.model};
      if (!fold.wants(n)) continue;
      auto sum = tokens_of(s.parts);
      sum.requests = 1;
      sum.cost = s.cost.value_or(Nano{});
      if (s.estimated) sum.estimated = sum.cost;
      sum.estimated_requests = s.estimated;
      sum.unpriced_requests = !s.cost;
      fold.add(floor_to(a.time.ms(), kDayMs), n, sum);
    }
    co_return fold.rows();
  }
  Task<LedgerPage> ledger(LedgerQuery q) override {
    std::lock_guard const lock{mutex_};
    LedgerPage page;
    std::size_t looked = 0;
    for (auto it = ledger_.upper_bound(q.after_id); it != ledger_.end(); ++it) {
      if (looked++ == q.limit) co_return page;
      page.next_after = it->first;
      auto const& a = it->second.admission;
      auto const& s = it->second.settlement;
      bool const in = a.time.ms() >= q.from_ms && a.time.ms() < q.to_ms && (q.org.empty() || a.org == q.org);
      if (it->second.open || s.release || !in) continue;
      auto& r = page.rows.emplace_back();
      r.id = it->first;
      r.time_ms = a.time.ms();
      r.request_id = a.request_id;
      r.key_id = a.key_id;
      r.org = a.org;
      r.team = a.team;
      r.environment = a.environment;
      r.provider = s.provider;
      r.model = s.model;
      r.model_requested = a.model_requested;
      r.price_version = s.price_version;
      r.priced = s.cost.has_value();
      r.cost = s.cost.value_or(Nano{}).v;
      r.estimated = s.estimated;
      r.parts = parts_json(s.parts);
      r.markup_micro = a.markup_micro;
    }
    page.next_after = 0;
    co_return page;
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
    auto const taken = [&c](Error error) {
      auto out = refused(std::move(error));
      out.replay.emplace().request_id = c.original;
      return out;
    };
    if (c.fingerprint != a.claim->fingerprint) return taken(Error{Errc::idempotency_key_reused});
    if (c.indeterminate) return taken(claimed_before(Errc::idempotency_indeterminate, c.original));
    if (!c.answer) {
      auto e = claimed_before(Errc::idempotency_in_progress, c.original);
      e.details().retry_after = std::chrono::milliseconds{1000};
      return taken(std::move(e));
    }
    if (c.answer->sealed_body.empty())
      return taken(claimed_before(Errc::idempotency_response_too_large, c.original));
    Admitted out;
    out.kind = Admitted::Kind::replay;
    out.replay = c.answer;
    return out;
  }

  BudgetState state(BudgetRef const& b) const {
    BudgetState out;
    for (auto const& [id, row] : ledger_) {
      if (!covers(b, party_of(row.admission))) continue;
      out.settled += row.settlement.cost.value_or(Nano{});
      if (row.open) out.held += row.admission.hold.value_or(Nano{});
    }
    return out;
  }

  std::optional<Error> no_room(BudgetRef const& b, Nano amount) {
    seen_[b.scope + '|' + b.scope_id + '|' + b.environment] = b;
    auto const now = state(b);
    auto const used = checked_add(now.settled, now.held);
    auto const with = used ? checked_add(*used, amount) : std::nullopt;
    if (with && *with <= b.limit) return std::nullopt;
    return out_of_budget(b, now.settled, now.held, amount);
  }

  void alert(Admission const& a) {
    for (auto const& [name, level] : seen_) {
      if (!covers(level, party_of(a)) || level.limit <= Nano{0}) continue;
      auto const now = state(level);
      for (int const percent : level.alerts_percent) {
        auto const used = checked_add(now.settled, now.held).value_or(Nano{INT64_MAX});
        if (!reached(used, level.limit, percent)) continue;
        if (!alerted_.emplace(name, level.window_start_ms, percent).second) continue;
        add(alert_fields(BudgetAlert{level, percent, now.settled, now.held, {}, a.org, a.team}, a.time));
      }
    }
  }

  void ran_out(std::vector<BudgetRef> const& levels, Party const& who, Nano amount, WallTime time) {
    for (auto const& level : levels) {
      auto const now = state(level);
      auto const used = checked_add(now.settled, now.held);
      auto const with = used ? checked_add(*used, amount) : std::nullopt;
      if ((with && *with <= level.limit) || level.limit <= Nano{0}) continue;
      if (std::ranges::count(level.alerts_percent, kAllUsed) == 0) continue;
      auto const name = level.scope + '|' + level.scope_id + '|' + level.environment;
      if (!alerted_.emplace(name, level.window_start_ms, kAllUsed).second) continue;
      add(alert_fields(BudgetAlert{level, kAllUsed, now.settled, now.held, amount, std::string{who.org},
                                   std::string{who.team}},
                       time));
    }
  }

  Result<Admitted> admit_now(Admission a) {
    if (a.claim) {
      if (auto verdict = judge(a)) return std::move(*verdict);
    }
    if (a.refusal) return refused(*a.refusal);
    Nano amount = a.hold.value_or(Nano{});
    auto const full_at = [&](Nano wanted) -> std::optional<Error> {
      for (auto const& level : a.budgets)
        if (auto full = no_room(level, wanted)) return full;
      return std::nullopt;
    };
    auto full = full_at(amount);
    for (auto const cheaper : a.cheaper_holds)
      if (full) full = full_at(amount = cheaper);
    if (full) {
      auto out = refused(std::move(*full));
      out.room = Nano{INT64_MAX};
      for (auto const& level : a.budgets) {
        seen_[level.scope + '|' + level.scope_id + '|' + level.environment] = level;
        auto const now = state(level);
        auto const used = checked_add(now.settled, now.held).value_or(Nano{INT64_MAX});
        out.room = std::min(out.room, std::max(Nano{}, level.limit - used));
      }
      ran_out(a.budgets, party_of(a), amount, a.time);
      return out;
    }
    if (a.hold) a.hold = amount;
    auto const id = next_++;
    if (a.claim) {
      auto& c = claims_[Name{a.claim->scope, a.claim->key}];
      c = Claim{};
      c.fingerprint = a.claim->fingerprint;
      c.expires_at_ms = a.claim->expires_at_ms;
      c.hold_id = id;
      c.original = a.request_id;
    }
    auto& row = ledger_[id];
    row.admission = std::move(a);
    alert(row.admission);
    Admitted out;
    out.hold = Hold::committed(id, amount);
    return out;
  }

  Result<Hold> raise_now(Raise const& r) {
    auto const found = ledger_.find(r.hold_id);
    if (found == ledger_.end() || !found->second.open) return Error{Errc::conflict};
    auto& a = found->second.admission;
    auto const held = a.hold.value_or(Nano{});
    auto const more = Nano{std::max<std::int64_t>(0, r.amount.v - held.v)};
    for (auto const& level : r.budgets)
      if (auto full = no_room(level, more)) {
        ran_out(r.budgets, party_of(a), more, a.time);
        return std::move(*full);
      }
    a.hold = held + more;
    a.provider = r.provider;
    a.model = r.model;
    alert(a);
    return Hold::committed(r.hold_id, *a.hold);
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
      if (own && !s.answer && s.indeterminate) claim->second.indeterminate = true;
      if (own && !s.answer && !s.indeterminate) claims_.erase(claim);
    }
    add(s.record_fields);
    for (auto const& event : s.events) add(event);
    row.settlement = std::move(s);
    alert(row.admission);
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
      versions_[Name{w.kind, w.id}].push_back(kept);
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
  std::map<Name, std::vector<Document>> versions_;
  std::map<std::string, WallTime> used_;   // by key id
  std::map<std::string, BudgetRef> seen_;  // levels somebody has asked for
  std::set<std::tuple<std::string, std::int64_t, int>> alerted_;
};

}  // namespace

std::unique_ptr<Store> open_fake(Clock const& clock) {
  return std::make_unique<FakeStore>(clock);
}

}  // namespace tsg::store
