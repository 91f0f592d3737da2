#include "store/sqlite/books.hpp"

#include <algorithm>

#include "store/parts.hpp"
#include "store/seals.hpp"
#include "tsg/core/money.hpp"

namespace tsg::store {
namespace {

// A row that grows when it is settled overflows its page: SQLite then splits it, writes three pages for one,
// leaves them half full, and walks its whole page cache in the commit. So a row is admitted with as many
// bytes, in `parts`, as settlements need lately: its MAC, which the next start knows it by, and zeros.
constexpr int kRoomAtFirst = 192, kRoomMax = 1'024;
constexpr int kNumbers = 20;  // cost, counts and sequence number, NULL or 0 until then

// What an open row has in `parts`.
Bytes parts_of_open(RowState::Mac const& mac, std::size_t room) {
  Bytes out(std::max(room, mac.shown.size()));
  std::copy(mac.shown.begin(), mac.shown.end(), out.begin());
  return out;
}

}  // namespace

Books::Books(Db& db, DispatchMap& dispatch, crypto::SecretKey record_key, std::int64_t answers_most,
             AnswerCounters& answers)
    : db_{db},
      dispatch_{dispatch},
      record_key_{std::move(record_key)},
      levels_{[this](BudgetRef const& ref) { return derive(ref); }},
      rows_{record_key_},
      claims_{db, rows_, answers_most, answers},
      rollup_{db},
      room_{kRoomAtFirst},
      insert_hold_{db,
                   "INSERT INTO ledger(id,request_id,time_ms,key_id,org,team,environment,provider,model,"
                   "model_requested,hold,parts,markup,state) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,0)"},
      raise_hold_{db, "UPDATE ledger SET hold=?,provider=?,model=?,parts=? WHERE id=? AND state=0"},
      close_hold_{
          db,
          "UPDATE ledger SET state=?,provider=?,model=?,cost=?,estimated=?,input_tokens=?,cached_tokens=?,"
          "output_tokens=?,price_version=?,parts=?,settled_seq=? WHERE id=? AND state=0"},
      append_{db, "INSERT INTO audit_record(seq,bytes,hash) VALUES(?,?,?)"},
      find_doc_{db, "SELECT version FROM document WHERE kind=? AND id=? AND deleted=0"},
      put_doc_{
          db, "INSERT OR REPLACE INTO document(kind,id,version,deleted,json,changed_ms) VALUES(?,?,?,?,?,?)"},
      put_version_{
          db,
          "INSERT INTO document_version(kind,id,version,deleted,json,changed_ms,seq) VALUES(?,?,?,?,?,?,?)"},
      low_water_{db, "INSERT OR REPLACE INTO meta(name,value) VALUES('open_holds_from',?)"},
      find_alerts_{db,
                   "SELECT percent FROM budget_alert WHERE scope=? AND scope_id=? AND environment=? AND "
                   "window_ms=?"},
      put_alert_{db,
                 "INSERT OR IGNORE INTO budget_alert(scope,scope_id,environment,window_ms,percent) "
                 "VALUES(?,?,?,?,?)"},
      find_used_{db, "SELECT at_ms FROM key_used WHERE key_id=?"},
      put_used_{db, "INSERT OR REPLACE INTO key_used(key_id,at_ms) VALUES(?,?)"},
      put_state_{
          db,
          "INSERT INTO meta(name,value) VALUES(?,?) ON CONFLICT(name) DO UPDATE SET value=excluded.value"} {
  next_hold_ = (db.integer("SELECT max(id) FROM ledger") >> 16) + 1;
}

Party Books::Open::party() const noexcept {
  Party p;
  p.key_id = key_id;
  p.org = org;
  p.team = team;
  p.environment = environment;
  p.time_ms = time_ms;
  return p;
}

// A level that is asked for the first time in its window: sums of what was settled, and the holds still open.
Levels::Spent Books::derive(BudgetRef const& ref) {
  Levels::Spent out;
  out.settled = rollup_.spent(ref);
  for (auto const& [id, open] : open_)
    if (covers(ref, open.party())) out.held += open.hold;
  find_alerts_.bind(std::string_view{ref.scope}).bind(std::string_view{ref.scope_id});
  find_alerts_.bind(std::string_view{ref.environment}).bind(ref.window_start_ms);
  while (find_alerts_.step()) out.alerted.push_back(static_cast<int>(find_alerts_.integer(0)));
  return out;
}

// "Once per window" holds over restarts because the alert and its row are one transaction.
void Books::append_alerts(WallTime now) {
  for (auto const& alert : levels_.take_alerts()) {
    auto const& l = alert.level;
    put_alert_.bind(std::string_view{l.scope}).bind(std::string_view{l.scope_id});
    put_alert_.bind(std::string_view{l.environment}).bind(l.window_start_ms);
    put_alert_.bind(std::int64_t{alert.percent}).run();
    append(alert_fields(alert, now));
  }
}

Result<Admitted> Books::admit(Admission const& a) {
  Admitted out;
  auto const refuse = [&out](Error error) {
    out.kind = Admitted::Kind::refused;
    out.refusal = std::move(error);
    return out;
  };
  if (a.claim) {
    auto verdict = claims_.judge(a);
    out.replay = std::move(verdict.replay);
    if (verdict.refusal) return refuse(std::move(*verdict.refusal));
    if (out.replay) {
      out.kind = Admitted::Kind::replay;
      return out;
    }
  }
  if (a.refusal) return refuse(*a.refusal);
  // All levels, or none: nothing is written before all have room (BUD-2). Never shrunk to fit: a cheaper hold
  // is that of a cheaper target.
  Nano hold = a.hold.value_or(Nano{});
  auto full = levels_.refuse(a.budgets, hold);
  for (auto cheaper = a.cheaper_holds.begin(); full && cheaper != a.cheaper_holds.end(); ++cheaper) {
    hold = *cheaper;
    full = levels_.refuse(a.budgets, hold);
  }
  if (full) {
    out.room = levels_.room(a.budgets);
    levels_.ran_out(a.budgets, party_of(a), hold);
    append_alerts(a.time);
    return refuse(std::move(*full));
  }
  int const slot = dispatch_.take_slot();
  if (slot < 0) return refuse(Error{Errc::overloaded});
  std::int64_t const id = next_hold_++ << 16 | slot;
  Open open;
  open.time_ms = a.time.ms();
  open.markup_micro = a.markup_micro;
  open.hold = hold;
  open.priced = a.hold.has_value();
  open.request = a.request_id;
  open.key_id = a.key_id;
  open.org = a.org;
  open.team = a.team;
  open.environment = a.environment;
  open.model_requested = a.model_requested;
  open.mac = mac(id, open, a.provider, a.model);
  open.room = static_cast<std::size_t>(room_);
  auto const parts = parts_of_open(open.mac, open.room);
  insert_hold_.bind(id).bind_blob(a.request_id.bytes()).bind(a.time.ms());
  insert_hold_.bind(std::string_view{a.key_id}).bind(std::string_view{a.org}).bind(std::string_view{a.team});
  insert_hold_.bind(std::string_view{a.environment}).bind(std::string_view{a.provider});
  insert_hold_.bind(std::string_view{a.model}).bind(std::string_view{a.model_requested});
  insert_hold_.bind(a.hold ? std::optional{hold.v} : std::nullopt)
      .bind_blob(parts)
      .bind(a.markup_micro)
      .run_one();
  rows_.add(RowState::hold, open.mac);
  dispatch_.hold(id);
  if (a.claim) {
    claims_.take(a, id);
    open.claim_scope = a.claim->scope;
    open.claim_key = a.claim->key;
  }
  auto const at = open_.emplace(id, std::move(open)).first;
  levels_.hold(at->second.party(), hold);
  append_alerts(a.time);
  out.hold = Hold::committed(id, hold);
  return out;
}

Result<Hold> Books::raise(Raise const& r) {
  auto const it = open_.find(r.hold_id);
  if (it == open_.end()) return Error{Errc::conflict}.log("the hold to raise is not open");
  auto& open = it->second;
  auto const more = Nano{std::max<std::int64_t>(0, r.amount.v - open.hold.v)};
  if (auto full = levels_.refuse(r.budgets, more)) {
    levels_.ran_out(r.budgets, open.party(), more);
    append_alerts(WallTime{open.time_ms * 1'000'000});
    return std::move(*full);
  }
  open.hold += more;
  open.priced = true;
  rows_.drop(RowState::hold, open.mac);
  open.mac = mac(r.hold_id, open, r.provider, r.model);
  rows_.add(RowState::hold, open.mac);
  auto const parts = parts_of_open(open.mac, open.room);
  raise_hold_.bind(open.hold.v).bind(std::string_view{r.provider}).bind(std::string_view{r.model});
  raise_hold_.bind_blob(parts).bind(r.hold_id).run_one();
  levels_.hold(open.party(), more);
  append_alerts(WallTime{open.time_ms * 1'000'000});
  return Hold::committed(r.hold_id, open.hold);
}

// The row, the sums and the counters.
std::string Books::close(std::int64_t id, Open const& open, Closing const& c) {
  close_hold_.bind(std::int64_t{c.release ? 2 : 1}).bind(c.provider).bind(c.model).bind(c.cost);
  close_hold_.bind(std::int64_t{c.estimated}).bind(c.sum.input_tokens).bind(c.sum.cached_input_tokens);
  close_hold_.bind(c.sum.output_tokens).bind(c.price_version).bind(c.parts).bind(head_.size).bind(id).run();
  if (db_.changes() != 1) return {};
  rows_.drop(RowState::hold, open.mac);
  auto const needed = c.parts.size() + c.price_version.size() + kNumbers;
  room_ = std::clamp(static_cast<int>(std::min<std::size_t>(needed, kRoomMax)), room_ - 1, kRoomMax);
  levels_.settle(open.party(), open.hold, Nano{c.cost.value_or(0)});
  ClosedRow closed;
  closed.id = id;
  closed.request = open.request.bytes();
  closed.time_ms = open.time_ms;
  closed.names = {open.org, open.team, open.environment, open.key_id, c.provider, c.model};
  closed.model_requested = open.model_requested;
  if (open.priced) closed.hold = open.hold.v;
  closed.state = c.release ? 2 : 1;
  closed.cost = c.cost;
  closed.estimated = c.estimated;
  closed.input_tokens = c.sum.input_tokens;
  closed.cached_tokens = c.sum.cached_input_tokens;
  closed.output_tokens = c.sum.output_tokens;
  closed.price_version = c.price_version;
  closed.parts = c.parts;
  closed.markup_micro = open.markup_micro;
  closed.settled_seq = head_.size;
  auto member = ledger_member(closed);
  if (c.release) return member;
  Settled row;
  row.time_ms = open.time_ms;
  row.names = {open.org, open.team, open.environment, open.key_id, c.provider, c.model};
  row.sum = c.sum;
  row.sum.requests = 1;
  row.sum.cost = Nano{c.cost.value_or(0)};
  if (c.estimated) row.sum.estimated = row.sum.cost;
  row.sum.estimated_requests = c.estimated;
  row.sum.unpriced_requests = !c.cost;
  rollup_.add(row);
  return member;
}

Result<> Books::settle(Settlement const& s, Digest const& answer_sha256) {
  auto const it = open_.find(s.hold_id);
  if (it == open_.end()) return Error{Errc::conflict}.log("hold settled twice");
  std::string const parts = parts_json(s.parts);
  Closing c;
  c.provider = s.provider;
  c.model = s.model;
  c.price_version = s.price_version;
  c.parts = parts;
  if (s.release)
    c.cost = 0;
  else if (s.cost)
    c.cost = s.cost->v;
  c.sum = tokens_of(s.parts);
  c.release = s.release;
  c.estimated = s.estimated;
  auto const member = close(s.hold_id, it->second, c);
  if (member.empty()) return Error{Errc::conflict}.log("hold is not open in the ledger");

  Open const open = std::move(it->second);
  open_.erase(it);
  dispatch_.give_slot(s.hold_id);
  if (!open.claim_key.empty()) claims_.finish(open.claim_scope, open.claim_key, s, answer_sha256);
  append(s.record_fields, member);
  for (auto const& event : s.events) append(event);
  append_alerts(WallTime{open.time_ms * 1'000'000});
  return boost::system::in_place_value;
}

void Books::append(std::string_view record_fields, std::string_view more) {
  std::int64_t const seq = head_.size;
  audit::append_record(head_, record_fields, bytes_, more, &record_key_);
  append_.bind(seq).bind(std::string_view{bytes_}).bind_blob(head_.chain).run_one();
}

Result<std::vector<std::int64_t>> Books::change(Change const& c) {
  for (auto const& d : c.writes) {  // all versions first: nothing is written unless all fit
    find_doc_.bind(std::string_view{d.kind}).bind(std::string_view{d.id});
    std::int64_t const now = find_doc_.step() ? find_doc_.integer(0) : 0;
    find_doc_.reset();
    if (now != d.version) return Error{Errc::conflict, "'" + d.id + "' changed meanwhile."};
  }
  std::vector<std::int64_t> versions;
  // A write belongs to the record at its place, those beyond the last record to that one; none at all: ours.
  std::vector<std::string> records = c.records;
  if (records.empty() && !c.writes.empty()) records.push_back(change_fields(c.writes.front().changed_at));
  std::vector<std::vector<std::string>> seals(records.size());
  for (std::size_t i = 0; i < c.writes.size(); ++i) {
    auto const& d = c.writes[i];
    auto const record = std::min(i, records.size() - 1);
    // Versions count up over the life of an id, also across a deletion.
    Statement last{db_, "SELECT coalesce(max(version),0) FROM document_version WHERE kind=? AND id=?"};
    last.bind(std::string_view{d.kind}).bind(std::string_view{d.id});
    std::int64_t const version = (last.step() ? last.integer(0) : 0) + 1;
    last.reset();
    for (auto* s : {&put_doc_, &put_version_})
      s->bind(std::string_view{d.kind})
          .bind(std::string_view{d.id})
          .bind(version)
          .bind(std::int64_t{d.deleted})
          .bind(std::string_view{d.json})
          .bind(d.changed_at.ms());
    put_doc_.run_one();
    put_version_.bind(head_.size + static_cast<std::int64_t>(record)).run_one();
    seals[record].push_back(document_seal(d, version));
    versions.push_back(version);
  }
  for (std::size_t i = 0; i < records.size(); ++i) append(records[i], documents_member(seals[i]));
  return versions;
}

void Books::give_up_records(std::int64_t size) {
  rollup_.load();
  rollup_.flush(size, next_hold_ << 16);
  Statement{db_, "UPDATE ledger SET settled_seq=-1 WHERE settled_seq>=?"}.bind(size).run();
  Statement{db_, "UPDATE document_version SET seq=NULL WHERE seq>=?"}.bind(size).run();
}

void Books::note_used(std::vector<KeyUse> const& uses) {
  for (auto const& use : uses) {
    find_used_.bind(std::string_view{use.key_id});
    std::optional<std::int64_t> before;
    if (find_used_.step()) before = find_used_.integer(0);
    find_used_.reset();
    if (before && *before >= use.at.ms()) continue;
    if (before) rows_.drop(RowState::use, use_mac(rows_, use.key_id, *before));
    rows_.add(RowState::use, use_mac(rows_, use.key_id, use.at.ms()));
    put_used_.bind(std::string_view{use.key_id}).bind(use.at.ms()).run_one();
  }
}

void Books::tidy(WallTime now) {
  auto const low = open_.empty() ? next_hold_ << 16 : open_.begin()->first;
  low_water_.bind(low).run();
  rollup_.flush(head_.size, low);
  meta_.reset();
  if (!claims_.empty()) claims_.sweep(now.ms());
}

}  // namespace tsg::store
