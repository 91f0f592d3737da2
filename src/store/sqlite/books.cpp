#include "store/sqlite/books.hpp"

#include "store/sqlite/ledger_range.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/core/money.hpp"

namespace tsg::store {
namespace {

std::string level_name(std::string_view scope, std::string_view id, std::string_view environment) {
  std::string name{scope};
  name += '|';
  name += id;
  name += '|';
  name += environment;
  return name;
}

std::string parts_json(std::vector<audit::CostPart> const& parts) {
  std::string out = "[";
  for (auto const& p : parts) {
    if (out.size() > 1) out += ',';
    out += "[\"" + p.meter + "\",";
    append_int(out, p.units);
    out += ',';
    append_int(out, p.cost.v);
    out += ']';
  }
  return out + "]";
}

bool is_input(std::string_view meter) {
  return meter.find("input") != meter.npos || meter.starts_with("cache_write");
}
bool is_output(std::string_view meter) {
  return meter.starts_with("output") || meter == "reasoning";
}

Error out_of_budget(BudgetRef const& ref, Nano settled, Nano held) {
  Error error{Errc::insufficient_quota,
              "The monthly budget of this " + ref.scope + " does not cover this request."};
  LimitFacts facts;
  facts.scope = ref.scope;
  facts.scope_id = ref.scope_id;
  facts.limit = to_usd(ref.limit);
  facts.used = to_usd(settled);
  facts.held = to_usd(held);
  facts.resets_at = to_rfc3339(WallTime{ref.window_end_ms * 1'000'000});
  error.details().limit = std::move(facts);
  return error;
}

}  // namespace

Books::Books(Db& db, DispatchMap& dispatch)
    : db_{db},
      dispatch_{dispatch},
      insert_hold_{
          db,
          "INSERT INTO ledger(id,request_id,time_ms,key_id,org,team,environment,provider,model,hold,state) "
          "VALUES(?,?,?,?,?,?,?,?,?,?,0)"},
      close_hold_{
          db,
          "UPDATE ledger SET state=?,provider=?,model=?,cost=?,estimated=?,input_tokens=?,output_tokens=?,"
          "price_version=?,parts=? WHERE id=? AND state=0"},
      append_{db, "INSERT INTO audit_record(seq,bytes,hash) VALUES(?,?,?)"},
      find_claim_{
          db,
          "SELECT fingerprint,state,expires_ms,status,content_type,sealed_body,request_id FROM idempotency "
          "WHERE scope=? AND key=?"},
      insert_claim_{db,
                    "INSERT INTO idempotency(scope,key,fingerprint,state,hold_id,expires_ms,request_id) "
                    "VALUES(?,?,?,0,?,?,?)"},
      finish_claim_{db,
                    "UPDATE idempotency SET state=1,status=?,content_type=?,sealed_body=?,request_id=? "
                    "WHERE scope=? AND key=? AND hold_id=?"},
      drop_claim_{db, "DELETE FROM idempotency WHERE scope=? AND key=?"},
      drop_own_claim_{db, "DELETE FROM idempotency WHERE scope=? AND key=? AND hold_id=?"},
      find_doc_{db, "SELECT version FROM document WHERE kind=? AND id=? AND deleted=0"},
      put_doc_{
          db, "INSERT OR REPLACE INTO document(kind,id,version,deleted,json,changed_ms) VALUES(?,?,?,?,?,?)"},
      put_version_{
          db, "INSERT INTO document_version(kind,id,version,deleted,json,changed_ms) VALUES(?,?,?,?,?,?)"},
      low_water_{db, "INSERT OR REPLACE INTO meta(name,value) VALUES('open_holds_from',?)"} {
  next_hold_ = (db.integer("SELECT max(id) FROM ledger") >> 16) + 1;
}

template <class F>
void Books::each_level(Open const& open, F fn) {
  if (levels_.empty()) return;
  auto const touch = [&](std::string const& name) {
    auto const it = levels_.find(name);
    if (it != levels_.end() && open.time_ms >= it->second.start_ms && open.time_ms < it->second.end_ms)
      fn(it->second);
  };
  std::string const team = open.org + "." + open.team;
  touch(level_name("key", open.key_id, open.environment));
  touch(level_name("key", open.key_id, ""));
  touch(level_name("team", team, open.environment));
  touch(level_name("team", team, ""));
  touch(level_name("org", open.org, open.environment));
  touch(level_name("org", open.org, ""));
}

// Counters live in memory and are derived from the rows when a budget first asks for them, or when its window
// has moved on: no job resets anything.
Books::Level& Books::level(BudgetRef const& ref) {
  auto& level = levels_[level_name(ref.scope, ref.scope_id, ref.environment)];
  if (level.start_ms == ref.window_start_ms && level.end_ms == ref.window_end_ms) return level;
  level = Level{ref.window_start_ms, ref.window_end_ms, {}, {}};
  std::string sql =
      "SELECT coalesce(sum(CASE WHEN state=1 THEN coalesce(cost,0) END),0),"
      "coalesce(sum(CASE WHEN state=0 THEN coalesce(hold,0) END),0) FROM ledger WHERE id>=? AND "
      "time_ms>=? AND time_ms<?";
  std::string const& id = ref.scope_id;
  auto const dot = id.find('.');
  if (ref.scope == "key")
    sql += " AND key_id=?";
  else if (ref.scope == "team")
    sql += " AND org=? AND team=?";
  else
    sql += " AND org=?";
  if (!ref.environment.empty()) sql += " AND environment=?";
  Statement sum{db_, sql.c_str()};
  sum.bind(first_id_since(db_, ref.window_start_ms)).bind(ref.window_start_ms).bind(ref.window_end_ms);
  if (ref.scope == "team")
    sum.bind(std::string_view{id}.substr(0, dot)).bind(std::string_view{id}.substr(dot + 1));
  else
    sum.bind(std::string_view{id});
  if (!ref.environment.empty()) sum.bind(std::string_view{ref.environment});
  if (sum.step()) {
    level.settled = {sum.integer(0)};
    level.held = {sum.integer(1)};
  }
  return level;
}

// IDM-9: the row is the lock. nullopt: claimed (or replay set in `out`).
std::optional<Error> Books::claim(Admission const& a, Admitted& out) {
  auto const& c = *a.claim;
  bool found = false, expired = false;
  std::optional<Error> refusal;
  find_claim_.bind(std::string_view{c.scope}).bind(std::string_view{c.key});
  if (find_claim_.step()) {
    found = true;
    auto const fingerprint = find_claim_.blob(0);
    expired = find_claim_.integer(2) <= a.time.ms();
    if (!expired) {
      if (!std::equal(fingerprint.begin(), fingerprint.end(), c.fingerprint.begin(), c.fingerprint.end())) {
        refusal = Error{Errc::idempotency_key_reused};
      } else if (find_claim_.integer(1) == 0) {
        refusal = Error{Errc::idempotency_in_progress};
        refusal->details().retry_after = std::chrono::milliseconds{1000};
      } else if (find_claim_.integer(1) == 2) {
        refusal = Error{Errc::idempotency_indeterminate};
      } else if (find_claim_.null(5)) {
        refusal = Error{Errc::idempotency_response_too_large};
      } else {
        StoredAnswer answer;
        answer.status = static_cast<int>(find_claim_.integer(3));
        answer.content_type = find_claim_.text(4);
        auto const body = find_claim_.blob(5);
        answer.sealed_body.assign(body.begin(), body.end());
        std::array<std::uint8_t, 16> id{};
        auto const raw = find_claim_.blob(6);
        std::copy_n(raw.begin(), std::min<std::size_t>(16, raw.size()), id.begin());
        answer.request_id = RequestId{id};
        out.replay = std::move(answer);
        out.kind = Admitted::Kind::replay;
      }
    }
    find_claim_.reset();
  }
  if (found && expired) drop_claim_.bind(std::string_view{c.scope}).bind(std::string_view{c.key}).run();
  return refusal;
}

Result<Admitted> Books::admit(Admission const& a) {
  Admitted out;
  if (a.claim) {
    if (auto refusal = claim(a, out)) {
      out.kind = Admitted::Kind::refused;
      out.refusal = std::move(refusal);
      return out;
    }
    if (out.replay) return out;
  }
  Nano const hold = a.hold.value_or(Nano{});
  for (auto const& ref : a.budgets) {  // all levels, or none: nothing is written before all have room (BUD-2)
    auto const& l = level(ref);
    auto const used = checked_add(l.settled, l.held);
    auto const with = used ? checked_add(*used, hold) : std::nullopt;
    if (with && *with <= ref.limit) continue;
    out.kind = Admitted::Kind::refused;
    out.refusal = out_of_budget(ref, l.settled, l.held);
    return out;
  }
  int const slot = dispatch_.take_slot();
  if (slot < 0) {
    out.kind = Admitted::Kind::refused;
    out.refusal = Error{Errc::overloaded};
    return out;
  }
  std::int64_t const id = next_hold_++ << 16 | slot;
  insert_hold_.bind(id).bind_blob(a.request_id.bytes()).bind(a.time.ms());
  insert_hold_.bind(std::string_view{a.key_id}).bind(std::string_view{a.org}).bind(std::string_view{a.team});
  insert_hold_.bind(std::string_view{a.environment}).bind(std::string_view{a.provider});
  insert_hold_.bind(std::string_view{a.model}).bind(a.hold ? std::optional{a.hold->v} : std::nullopt).run();

  Open open;
  open.time_ms = a.time.ms();
  open.hold = hold;
  open.key_id = a.key_id;
  open.org = a.org;
  open.team = a.team;
  open.environment = a.environment;
  if (a.claim) {
    auto const& c = *a.claim;
    insert_claim_.bind(std::string_view{c.scope}).bind(std::string_view{c.key}).bind_blob(c.fingerprint);
    insert_claim_.bind(id).bind(c.expires_at_ms).bind_blob(a.request_id.bytes()).run();
    open.claim_scope = c.scope;
    open.claim_key = c.key;
  }
  each_level(open, [&](Level& l) { l.held += hold; });
  open_.emplace(id, std::move(open));
  out.hold = Hold::committed(id, hold);
  return out;
}

Result<> Books::settle(Settlement const& s) {
  auto const it = open_.find(s.hold_id);
  if (it == open_.end()) return Error{Errc::conflict}.log("hold settled twice");
  std::int64_t input = 0, output = 0;
  for (auto const& p : s.parts) {
    if (is_input(p.meter)) input += p.units;
    if (is_output(p.meter)) output += p.units;
  }
  std::string const parts = s.parts.empty() ? std::string{} : parts_json(s.parts);
  auto const cost = s.release ? std::optional<std::int64_t>{0}
                    : s.cost  ? std::optional{s.cost->v}
                              : std::nullopt;
  close_hold_.bind(std::int64_t{s.release ? 2 : 1})
      .bind(std::string_view{s.provider})
      .bind(std::string_view{s.model});
  close_hold_.bind(cost).bind(std::int64_t{s.estimated}).bind(input).bind(output);
  close_hold_.bind(std::string_view{s.price_version}).bind(std::string_view{parts}).bind(s.hold_id).run();
  if (db_.changes() != 1) return Error{Errc::conflict}.log("hold is not open in the ledger");

  Open const open = std::move(it->second);
  open_.erase(it);
  dispatch_.give_slot(s.hold_id);
  each_level(open, [&](Level& l) {
    l.held.v -= open.hold.v;
    l.settled += Nano{cost.value_or(0)};
  });
  if (!open.claim_key.empty()) {  // by hold: an expired claim may belong to a later request by now
    if (s.answer) {
      auto& f =
          finish_claim_.bind(std::int64_t{s.answer->status}).bind(std::string_view{s.answer->content_type});
      // A sealed body is never empty: none at all means it was too large to keep.
      (s.answer->sealed_body.empty() ? f.bind_null() : f.bind_blob(s.answer->sealed_body))
          .bind_blob(s.answer->request_id.bytes())
          .bind(std::string_view{open.claim_scope})
          .bind(std::string_view{open.claim_key})
          .bind(s.hold_id)
          .run();
    } else {
      drop_own_claim_.bind(std::string_view{open.claim_scope})
          .bind(std::string_view{open.claim_key})
          .bind(s.hold_id)
          .run();
    }
  }
  append(s.record_fields);
  return boost::system::in_place_value;
}

void Books::append(std::string_view record_fields) {
  std::int64_t const seq = head_.size;
  audit::append_record(head_, record_fields, bytes_);
  append_.bind(seq).bind(std::string_view{bytes_}).bind_blob(head_.chain).run();
}

Result<std::vector<std::int64_t>> Books::change(Change const& c) {
  for (auto const& d : c.writes) {  // all versions first: nothing is written unless all fit
    find_doc_.bind(std::string_view{d.kind}).bind(std::string_view{d.id});
    std::int64_t const now = find_doc_.step() ? find_doc_.integer(0) : 0;
    find_doc_.reset();
    if (now != d.version) return Error{Errc::conflict, "'" + d.id + "' changed meanwhile."};
  }
  std::vector<std::int64_t> versions;
  for (auto const& d : c.writes) {
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
          .bind(d.changed_at.ms())
          .run();
    versions.push_back(version);
  }
  for (auto const& r : c.records) append(r);
  return versions;
}

Recovery Books::recover(WallTime now) {
  struct Row {
    std::int64_t id, time_ms;
    std::optional<std::int64_t> hold;
    RequestId request;
    std::string key_id, org, team, environment, provider, model;
  };
  Recovery done;
  std::vector<Row> rows;
  std::int64_t from = 0;
  {
    Statement low{db_, "SELECT value FROM meta WHERE name='open_holds_from'"};
    if (low.step()) from = low.integer(0);
    low.reset();
    Statement open{db_,
                   "SELECT id,time_ms,hold,request_id,key_id,org,team,environment,provider,model FROM ledger "
                   "WHERE id>=? AND state=0"};
    open.bind(from);
    while (open.step()) {
      Row r{};
      r.id = open.integer(0);
      r.time_ms = open.integer(1);
      if (!open.null(2)) r.hold = open.integer(2);
      std::array<std::uint8_t, 16> id{};
      auto const raw = open.blob(3);
      std::copy_n(raw.begin(), std::min<std::size_t>(16, raw.size()), id.begin());
      r.request = RequestId{id};
      r.key_id = open.text(4);
      r.org = open.text(5);
      r.team = open.text(6);
      r.environment = open.text(7);
      r.provider = open.text(8);
      r.model = open.text(9);
      rows.push_back(std::move(r));
    }
  }
  for (auto const& r : rows) {
    bool const sent = dispatch_.may_be_dispatched(r.id);
    close_hold_.bind(std::int64_t{sent ? 1 : 2})
        .bind(std::string_view{r.provider})
        .bind(std::string_view{r.model});
    close_hold_.bind(sent ? r.hold : std::optional<std::int64_t>{0})
        .bind(std::int64_t{sent})
        .bind(std::int64_t{0});
    close_hold_.bind(std::int64_t{0}).bind_null().bind_null().bind(r.id).run();
    audit::Record record;
    record.kind = "request.recovered";
    record.time = now;
    record.request_id = r.request;
    record.key_id = r.key_id;
    record.org = r.org;
    record.team = r.team;
    record.environment = r.environment;
    record.provider = r.provider;
    record.model_served = r.model;
    record.verdict = "error";
    record.complete = false;
    if (sent && r.hold) record.cost = Nano{*r.hold};
    record.estimated = sent;
    record.detail = sent ? "the gateway ended while the request was at the provider: settled at its hold"
                         : "the gateway ended before the request was sent: hold released";
    std::string fields;
    audit::append_fields(fields, record);
    append(fields);
    ++(sent ? done.holds_settled : done.holds_released);
  }
  // What a running claim led to is unknown if it was sent, and never happened if it was not (IDM-12).
  Statement claims{db_, "SELECT scope,key,hold_id FROM idempotency WHERE state=0"};
  std::vector<std::tuple<std::string, std::string, std::int64_t>> running;
  while (claims.step()) running.emplace_back(claims.text(0), claims.text(1), claims.integer(2));
  Statement unknown{db_, "UPDATE idempotency SET state=2 WHERE scope=? AND key=?"};
  for (auto const& [scope, key, hold] : running)
    (dispatch_.may_be_dispatched(hold) ? unknown : drop_claim_)
        .bind(std::string_view{scope})
        .bind(std::string_view{key})
        .run();
  return done;
}

void Books::note_low_water() {
  low_water_.bind(open_.empty() ? next_hold_ << 16 : open_.begin()->first).run();
}

}  // namespace tsg::store
