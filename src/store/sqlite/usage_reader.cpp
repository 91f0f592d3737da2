// Reports and budget states. Every call sees one instant of the database, so that a sum of what is held and
// what is settled is never of two.
#include <array>

#include "store/sqlite/ledger_range.hpp"
#include "store/sqlite/reader.hpp"
#include "store/sqlite/usage_sums.hpp"
#include "store/usage_fold.hpp"

namespace tsg::store {

Result<Totals> Reader::key_totals(std::string const& key_id, WallTime since) {
  Snapshot const snapshot{db()};
  Totals t;
  each_sum(
      db(), Span{since.ms(), INT64_MAX}, false, [&](UsageNames const& n) { return n.key_id == key_id; },
      [&](std::int64_t, UsageNames const&, UsageSum const& s) {
        t.requests += s.requests;
        t.input_tokens = saturated_add(t.input_tokens, s.input_tokens);
        t.output_tokens = saturated_add(t.output_tokens, s.output_tokens);
        t.settled += s.cost;
      });
  each_open(db(), [&](Party const& p, Nano hold) {
    if (p.key_id != key_id || p.time_ms < since.ms()) return;
    ++t.requests;
    t.held += hold;
  });
  return t;
}

Result<std::vector<BudgetState>> Reader::budgets(std::vector<BudgetRef> const& levels) {
  Snapshot const snapshot{db()};
  std::vector<BudgetState> out(levels.size());
  for (std::size_t i = 0; i < levels.size(); ++i) {
    auto const& level = levels[i];
    Party who;
    who.time_ms = level.window_start_ms;
    auto const counts = [&](UsageNames const& n) {
      who.key_id = n.key_id;
      who.org = n.org;
      who.team = n.team;
      who.environment = n.environment;
      return covers(level, who);
    };
    each_sum(db(), Span{level.window_start_ms, level.window_end_ms}, false, counts,
             [&](std::int64_t, UsageNames const&, UsageSum const& s) { out[i].settled += s.cost; });
    each_open(db(), [&](Party const& p, Nano hold) {
      if (covers(level, p)) out[i].held += hold;
    });
  }
  return out;
}

Result<std::vector<UsageRow>> Reader::usage(UsageQuery const& q) {
  UsageFold fold{q};
  QueryDeadline const deadline{db(), q.within};
  if (deadline.over()) return too_long();
  try {
    Snapshot const snapshot{db()};
    each_sum(
        db(), Span{q.from_ms, q.to_ms}, q.group.day, [&](UsageNames const& n) { return fold.wants(n); },
        [&](std::int64_t day, UsageNames const& n, UsageSum const& s) { fold.add(day, n, s); });
  } catch (SqlError const& e) {
    if ((e.code & 0xff) != SQLITE_INTERRUPT) throw;
    return too_long();
  }
  return fold.rows();
}

Result<LedgerPage> Reader::ledger(LedgerQuery const& q) {
  Snapshot const snapshot{db()};
  LedgerPage page;
  Statement rows{
      db(),
      "SELECT id,time_ms,request_id,key_id,org,team,environment,provider,model,model_requested,"
      "coalesce(price_version,''),cost,estimated,coalesce(parts,''),markup,state FROM ledger WHERE id>? AND "
      "id>=? AND id<? ORDER BY id LIMIT ?"};
  rows.bind(q.after_id).bind(first_id_since(db(), q.from_ms)).bind(id_after(db(), q.to_ms));
  rows.bind(static_cast<std::int64_t>(q.limit));
  std::size_t looked = 0;
  while (rows.step()) {
    ++looked;
    page.next_after = rows.integer(0);
    auto const time = rows.integer(1);
    if (rows.integer(15) != 1 || time < q.from_ms || time >= q.to_ms) continue;
    if (!q.org.empty() && rows.text(4) != q.org) continue;
    auto& r = page.rows.emplace_back();
    r.id = rows.integer(0);
    r.time_ms = time;
    std::array<std::uint8_t, 16> id{};
    auto const raw = rows.blob(2);
    std::copy_n(raw.begin(), std::min<std::size_t>(16, raw.size()), id.begin());
    r.request_id = RequestId{id};
    r.key_id = rows.text(3);
    r.org = rows.text(4);
    r.team = rows.text(5);
    r.environment = rows.text(6);
    r.provider = rows.text(7);
    r.model = rows.text(8);
    r.model_requested = rows.text(9);
    r.price_version = rows.text(10);
    r.priced = !rows.null(11);
    r.cost = rows.integer(11);
    r.estimated = rows.integer(12) != 0;
    r.parts = rows.text(13);
    r.markup_micro = rows.integer(14);
  }
  if (looked < q.limit) page.next_after = 0;
  return page;
}

}  // namespace tsg::store
