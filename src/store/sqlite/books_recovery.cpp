// Books from rows. After an unclean end (BUD-6) what may have been sent costs its hold, the rest costs
// nothing; after a transaction that was undone in a running process, open holds stay open.
#include <algorithm>
#include <array>

#include "store/sqlite/books.hpp"

namespace tsg::store {

std::vector<Books::OpenRow> Books::open_rows() {
  std::vector<OpenRow> rows;
  std::int64_t from = 0;
  Statement low{db_, "SELECT value FROM meta WHERE name='open_holds_from'"};
  if (low.step()) from = low.integer(0);
  low.reset();
  Statement open{
      db_,
      "SELECT id,time_ms,hold,request_id,key_id,org,team,environment,provider,model,model_requested,markup,"
      "parts,cost IS NULL AND estimated=0 AND input_tokens=0 AND output_tokens=0 AND cached_tokens=0 AND "
      "price_version IS NULL AND settled_seq IS NULL FROM ledger WHERE id>=? AND state=0"};
  open.bind(from);
  while (open.step()) {
    OpenRow r{};
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
    r.model_requested = open.text(10);
    r.markup = open.integer(11);
    auto const parts = open.blob(12);
    r.parts.assign(parts.begin(), parts.end());
    r.blank = open.integer(13) != 0;
    rows.push_back(std::move(r));
  }
  return rows;
}

Books::Open Books::open_of(std::int64_t id, OpenRow const& r) const {
  Open open;
  open.time_ms = r.time_ms;
  open.markup_micro = r.markup;
  open.hold = Nano{r.hold.value_or(0)};
  open.priced = r.hold.has_value();
  open.request = r.request;
  open.key_id = r.key_id;
  open.org = r.org;
  open.team = r.team;
  open.environment = r.environment;
  open.model_requested = r.model_requested;
  open.mac = mac(id, open, r.provider, r.model);
  open.room = r.parts.size();
  return open;
}

Recovery Books::recover(WallTime now) {
  Recovery done;
  rollup_.load();
  auto const rows = open_rows();
  for (auto const& r : rows) {
    bool const foreign = std::ranges::find(foreign_, r.id) != foreign_.end();
    bool const sent = !foreign && dispatch_.sent(r.id) != DispatchMap::Sent::no;
    Open const was = open_of(r.id, r);
    Closing c;
    c.provider = r.provider;
    c.model = r.model;
    c.cost = sent ? r.hold : std::optional<std::int64_t>{0};
    c.release = !sent;
    c.estimated = sent;
    auto const member = close(r.id, was, c);
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
    record.detail = foreign ? "this gateway did not write the open hold as it was found: it is not settled"
                    : sent  ? "the gateway ended while the request was at the provider: settled at its hold"
                            : "the gateway ended before the request was sent: hold released";
    std::string fields;
    audit::append_fields(fields, record);
    append(fields, member);
    ++(sent ? done.holds_settled : done.holds_released);
  }
  foreign_.clear();
  claims_.recover(dispatch_, now.ms());
  return done;
}

bool Books::resume(audit::ChainHead const& committed) {
  Statement last{db_, "SELECT seq,hash FROM audit_record ORDER BY seq DESC LIMIT 1"};
  bool const same = last.step() && last.integer(0) + 1 == committed.size &&
                    std::ranges::equal(last.blob(1), committed.chain);
  last.reset();
  if (!same) return false;
  head_ = committed;
  if (auto const found = look_at_rows(committed, true); found.adopts || !found.differs.empty()) return false;
  map_made_ = true;
  rollup_.load();
  std::vector<std::int64_t> ids;
  for (auto const& r : open_rows()) {
    open_.emplace(r.id, open_of(r.id, r));
    ids.push_back(r.id);
  }
  Statement claims{db_, "SELECT hold_id,scope,key FROM idempotency WHERE state=0"};
  while (claims.step()) {
    auto const at = open_.find(claims.integer(0));
    if (at == open_.end()) continue;
    at->second.claim_scope = claims.text(1);
    at->second.claim_key = claims.text(2);
  }
  dispatch_.retake(ids);
  return true;
}

}  // namespace tsg::store
