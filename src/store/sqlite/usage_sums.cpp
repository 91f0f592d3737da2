#include "store/sqlite/usage_sums.hpp"

#include <vector>

#include "store/sqlite/ledger_range.hpp"

namespace tsg::store {
namespace {

// Settled rows the roll-ups do not have: too new, or of a part of a quarter.
void each_row(Statement& rows, Wanted const& wanted, Add const& add) {
  while (rows.step()) {
    auto const n = names_at(rows, 1);
    if (wanted(n)) add(floor_to(rows.integer(0), kDayMs), n, sum_at(rows, 7));
  }
}

}  // namespace

Snapshot::~Snapshot() {
  sqlite3_exec(db_.get(), "COMMIT", nullptr, nullptr, nullptr);  // nothing was written
}

void each_sum(Db& db, Span time, bool daily, Wanted const& wanted, Add const& add) {
  auto const spans = split(time);
  if (!spans.summed.empty()) {
    std::string const sums = "SELECT bucket," + sum_columns() + " FROM ";
    std::string const totals = "SELECT 0," + sum_columns("total_of(", ")") + " FROM ";
    std::string const of = " WHERE dim=? AND bucket>=? AND bucket<?";
    Statement days{db, ((daily ? sums : totals) + "usage_day" + of).c_str()};
    Statement quarters{db, (sums + "usage_quarter" + of).c_str()};
    Statement dims{db, ("SELECT id," + std::string{kNameColumns} + " FROM usage_dim").c_str()};
    while (dims.step()) {
      auto const n = names_at(dims, 1);
      if (!wanted(n)) continue;
      auto const read = [&](Statement& s, Span span) {
        if (span.empty()) return;
        s.bind(dims.integer(0)).bind(span.from).bind(span.to);
        while (s.step())
          if (auto const sum = sum_at(s, 1); sum.requests != 0) add(floor_to(s.integer(0), kDayMs), n, sum);
      };
      read(days, spans.days);
      for (auto const& span : spans.quarters) read(quarters, span);
    }
    Statement recent{
        db, (std::string{kSettledRow} + "id>=? AND coalesce(settled_seq,0)>=? AND time_ms>=? AND time_ms<?")
                .c_str()};
    recent.bind(db.integer("SELECT value FROM meta WHERE name='rolled_from'"));
    recent.bind(db.integer("SELECT value FROM meta WHERE name='rolled_seq'"));
    recent.bind(spans.summed.from).bind(spans.summed.to);
    each_row(recent, wanted, add);
  }
  for (auto const& span : spans.rows) {
    Statement rows{db, (std::string{kSettledRow} + "id>=? AND id<? AND time_ms>=? AND time_ms<?").c_str()};
    rows.bind(first_id_since(db, span.from)).bind(id_after(db, span.to)).bind(span.from).bind(span.to);
    each_row(rows, wanted, add);
  }
}

void each_open(Db& db, std::function<void(Party const&, Nano)> const& fn) {
  Statement rows{
      db, "SELECT time_ms,key_id,org,team,environment,coalesce(hold,0) FROM ledger WHERE id>=? AND state=0"};
  rows.bind(db.integer("SELECT value FROM meta WHERE name='open_holds_from'"));
  while (rows.step()) {
    Party p;
    p.time_ms = rows.integer(0);
    p.key_id = rows.text(1);
    p.org = rows.text(2);
    p.team = rows.text(3);
    p.environment = rows.text(4);
    fn(p, Nano{rows.integer(5)});
  }
}

}  // namespace tsg::store
