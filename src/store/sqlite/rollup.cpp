#include "store/sqlite/rollup.hpp"

#include "store/levels.hpp"
#include "store/sqlite/ledger_range.hpp"

namespace tsg::store {
namespace {

std::string add_to(std::string_view table) {
  std::string const sums = sum_columns();
  std::string out = "INSERT INTO " + std::string{table} + "(dim,bucket," + sums + ") VALUES(?,?";
  for (std::size_t i = 0; i < kSumColumns.size(); ++i) out += ",?";
  out += ") ON CONFLICT(dim,bucket) DO UPDATE SET ";
  for (auto const column : kSumColumns) {
    auto const name = std::string{column};
    // None is negative. SQLite would make a floating point number of a sum that does not fit.
    out += (column == kSumColumns.front() ? "" : ",") + name + "=min(" + name +
           ",9223372036854775807-excluded." + name + ")+excluded." + name;
  }
  return out;
}

void join(std::string& out, std::initializer_list<std::string_view> names) {
  out.clear();
  for (auto const name : names) {
    out += name;
    out += '\x1f';
  }
}

}  // namespace

Rollup::Rollup(Db& db)
    : db_{db},
      insert_dim_{
          db, "INSERT INTO usage_dim(id,org,team,environment,key_id,provider,model) VALUES(?,?,?,?,?,?,?)"},
      add_quarter_{db, add_to("usage_quarter").c_str()},
      add_day_{db, add_to("usage_day").c_str()},
      mark_{db, "INSERT OR REPLACE INTO meta(name,value) VALUES(?,?)"} {
  Statement dims{db, ("SELECT id," + std::string{kNameColumns} + " FROM usage_dim").c_str()};
  while (dims.step()) {
    auto const id = dims.integer(0);
    auto const n = names_at(dims, 1);
    join(name_, {n.org, n.team, n.environment, n.key_id, n.provider, n.model});
    ids_.emplace(name_, id);
    dims_.emplace(
        id, Dim{std::string{n.org}, std::string{n.team}, std::string{n.environment}, std::string{n.key_id}});
  }
}

void Rollup::load() {
  Statement rows{db_, (std::string{kSettledRow} + "id>=? AND coalesce(settled_seq,0)>=?").c_str()};
  rows.bind(db_.integer("SELECT value FROM meta WHERE name='rolled_from'"));
  rows.bind(db_.integer("SELECT value FROM meta WHERE name='rolled_seq'"));
  while (rows.step()) add(Settled{rows.integer(0), names_at(rows, 1), sum_at(rows, 7)});
}

std::int64_t Rollup::dim_of(UsageNames const& n) {
  join(name_, {n.org, n.team, n.environment, n.key_id, n.provider, n.model});
  auto const next = static_cast<std::int64_t>(ids_.size()) + 1;
  auto const [at, fresh] = ids_.try_emplace(name_, next);
  if (!fresh) return at->second;
  insert_dim_.bind(next).bind(n.org).bind(n.team).bind(n.environment).bind(n.key_id).bind(n.provider);
  insert_dim_.bind(n.model).run();
  dims_.emplace(
      next, Dim{std::string{n.org}, std::string{n.team}, std::string{n.environment}, std::string{n.key_id}});
  return next;
}

void Rollup::add(Settled const& row) {
  pending_[Bucket{dim_of(row.names), floor_to(row.time_ms, kQuarterMs)}] += row.sum;
}

Nano Rollup::spent(BudgetRef const& level) {
  auto const spans = split(Span{level.window_start_ms, level.window_end_ms});
  Statement day{db_, "SELECT total_of(cost) FROM usage_day WHERE dim=? AND bucket>=? AND bucket<?"};
  Statement quarter{db_, "SELECT total_of(cost) FROM usage_quarter WHERE dim=? AND bucket>=? AND bucket<?"};
  Nano total;
  auto const sum = [&](Statement& s, std::int64_t dim, Span span) {
    if (span.empty()) return;
    s.bind(dim).bind(span.from).bind(span.to);
    if (s.step()) total += Nano{s.integer(0)};
    s.reset();
  };
  Party who;
  who.time_ms = level.window_start_ms;
  auto const counts = [&](Dim const& d) {
    who.key_id = d.key_id;
    who.org = d.org;
    who.team = d.team;
    who.environment = d.environment;
    return covers(level, who);
  };
  for (auto const& [id, dim] : dims_) {
    if (!counts(dim)) continue;
    sum(day, id, spans.days);
    for (auto const& span : spans.quarters) sum(quarter, id, span);
  }
  for (auto const& [bucket, of] : pending_)
    if (spans.summed.has(bucket.at) && counts(dims_.at(bucket.dim))) total += of.cost;
  for (auto const& span : spans.rows) {
    Statement rows{
        db_,
        "SELECT key_id,org,team,environment,cost FROM ledger WHERE id>=? AND id<? AND time_ms>=? AND "
        "time_ms<? AND state=1"};
    rows.bind(first_id_since(db_, span.from)).bind(id_after(db_, span.to)).bind(span.from).bind(span.to);
    while (rows.step()) {
      who.key_id = rows.text(0);
      who.org = rows.text(1);
      who.team = rows.text(2);
      who.environment = rows.text(3);
      if (covers(level, who)) total += Nano{rows.integer(4)};
    }
  }
  return total;
}

void Rollup::write(Statement& into, Bucket const& bucket, UsageSum const& sum) {
  into.bind(bucket.dim).bind(bucket.at);
  each_member(sum, [&](std::int64_t member) { into.bind(member); });
  into.run();
}

void Rollup::flush(std::int64_t next_seq, std::int64_t low_water) {
  std::unordered_map<Bucket, UsageSum, BucketHash> days;
  for (auto const& [bucket, sum] : pending_) {
    write(add_quarter_, bucket, sum);
    days[Bucket{bucket.dim, floor_to(bucket.at, kDayMs)}] += sum;
  }
  for (auto const& [bucket, sum] : days) write(add_day_, bucket, sum);
  pending_.clear();
  mark_.bind("rolled_seq").bind(next_seq).run();
  mark_.bind("rolled_from").bind(low_water).run();
}

}  // namespace tsg::store
