#include "store/sqlite/rollup.hpp"

#include "store/levels.hpp"
#include "store/sqlite/ledger_range.hpp"

namespace tsg::store {
namespace {

constexpr char kAddQuarter[] =
    "INSERT INTO usage_quarter(dim,bucket,requests,input,cached,output,cost,estimated) "
    "VALUES(?,?,?,?,?,?,?,?) "
    "ON CONFLICT(dim,bucket) DO UPDATE SET requests=requests+excluded.requests,input=input+excluded.input,"
    "cached=cached+excluded.cached,output=output+excluded.output,cost=cost+excluded.cost,"
    "estimated=estimated+excluded.estimated";
constexpr char kAddDay[] =
    "INSERT INTO usage_day(dim,bucket,requests,input,cached,output,cost,estimated) VALUES(?,?,?,?,?,?,?,?) "
    "ON CONFLICT(dim,bucket) DO UPDATE SET requests=requests+excluded.requests,input=input+excluded.input,"
    "cached=cached+excluded.cached,output=output+excluded.output,cost=cost+excluded.cost,"
    "estimated=estimated+excluded.estimated";

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
      add_quarter_{db, kAddQuarter},
      add_day_{db, kAddDay},
      mark_{db, "INSERT OR REPLACE INTO meta(name,value) VALUES(?,?)"} {
  Statement dims{db, "SELECT id,org,team,environment,key_id,provider,model FROM usage_dim"};
  while (dims.step()) {
    auto const id = dims.integer(0);
    join(name_, {dims.text(1), dims.text(2), dims.text(3), dims.text(4), dims.text(5), dims.text(6)});
    ids_.emplace(name_, id);
    dims_.emplace(id, Dim{std::string{dims.text(1)}, std::string{dims.text(2)}, std::string{dims.text(3)},
                          std::string{dims.text(4)}});
  }
}

void Rollup::load() {
  Statement rows{db_,
                 "SELECT time_ms,key_id,org,team,environment,provider,model,input_tokens,cached_tokens,"
                 "output_tokens,coalesce(cost,0),estimated FROM ledger WHERE id>=? AND state=1 AND "
                 "coalesce(settled_seq,0)>=?"};
  rows.bind(db_.integer("SELECT value FROM meta WHERE name='rolled_from'"));
  rows.bind(db_.integer("SELECT value FROM meta WHERE name='rolled_seq'"));
  while (rows.step()) {
    Settled row;
    row.time_ms = rows.integer(0);
    row.key_id = rows.text(1);
    row.org = rows.text(2);
    row.team = rows.text(3);
    row.environment = rows.text(4);
    row.provider = rows.text(5);
    row.model = rows.text(6);
    row.sum.requests = 1;
    row.sum.input_tokens = rows.integer(7);
    row.sum.cached_input_tokens = rows.integer(8);
    row.sum.output_tokens = rows.integer(9);
    row.sum.cost = Nano{rows.integer(10)};
    if (rows.integer(11) != 0) row.sum.estimated = row.sum.cost;
    add(row);
  }
}

std::int64_t Rollup::dim_of(Settled const& r) {
  join(name_, {r.org, r.team, r.environment, r.key_id, r.provider, r.model});
  auto const next = static_cast<std::int64_t>(ids_.size()) + 1;
  auto const [at, fresh] = ids_.try_emplace(name_, next);
  if (!fresh) return at->second;
  insert_dim_.bind(next).bind(r.org).bind(r.team).bind(r.environment).bind(r.key_id).bind(r.provider);
  insert_dim_.bind(r.model).run();
  dims_.emplace(
      next, Dim{std::string{r.org}, std::string{r.team}, std::string{r.environment}, std::string{r.key_id}});
  return next;
}

void Rollup::add(Settled const& row) {
  pending_[Bucket{dim_of(row), floor_to(row.time_ms, kQuarterMs)}] += row.sum;
}

Nano Rollup::spent(BudgetRef const& level) {
  auto const spans = split(Span{level.window_start_ms, level.window_end_ms});
  Statement day{db_, "SELECT coalesce(sum(cost),0) FROM usage_day WHERE dim=? AND bucket>=? AND bucket<?"};
  Statement quarter{db_,
                    "SELECT coalesce(sum(cost),0) FROM usage_quarter WHERE dim=? AND bucket>=? AND bucket<?"};
  Nano total;
  auto const sum = [&](Statement& s, std::int64_t dim, Span span) {
    if (span.empty()) return;
    s.bind(dim).bind(span.from).bind(span.to);
    if (s.step()) total.v += s.integer(0);
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
      if (covers(level, who)) total.v += rows.integer(4);
    }
  }
  return total;
}

void Rollup::write(Statement& into, Bucket const& bucket, UsageSum const& sum) {
  into.bind(bucket.dim).bind(bucket.at).bind(sum.requests).bind(sum.input_tokens);
  into.bind(sum.cached_input_tokens).bind(sum.output_tokens).bind(sum.cost.v).bind(sum.estimated.v).run();
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
