// After an unclean end (BUD-6): what may have been sent costs its hold, the rest costs nothing.
#include <algorithm>
#include <array>

#include "store/sqlite/books.hpp"

namespace tsg::store {

Recovery Books::recover(WallTime now) {
  struct Row {
    std::int64_t id, time_ms;
    std::optional<std::int64_t> hold;
    RequestId request;
    std::string key_id, org, team, environment, provider, model;
  };
  Recovery done;
  rollup_.load();
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
    Open was;
    was.time_ms = r.time_ms;
    was.key_id = r.key_id;
    was.org = r.org;
    was.team = r.team;
    was.environment = r.environment;
    Closing c;
    c.provider = r.provider;
    c.model = r.model;
    c.cost = sent ? r.hold : std::optional<std::int64_t>{0};
    c.release = !sent;
    c.estimated = sent;
    close(r.id, was, c);
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
  claims_.recover(dispatch_);
  return done;
}

}  // namespace tsg::store
