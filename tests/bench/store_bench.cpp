// One request's two transactions, admit and settle, from coroutines, in `process` mode: 1, 8 and 64 at a
// time, without a budget and within three (organisation, team and environment, key). cpu_us is CPU time of
// the whole process (callers, writer thread, SQLite, audit chain) per request.
#include <benchmark/benchmark.h>
#include <sqlite3.h>
#include <time.h>

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <cstdlib>

#include "support/temp_dir.hpp"
#include "tsg/store/open.hpp"

namespace {

using namespace tsg;

store::Admission admission() {
  store::Admission a;
  a.time = system_clock().wall();
  a.key_id = "key_1";
  a.org = "acme";
  a.team = "search";
  a.environment = "prod";
  a.provider = "openai";
  a.model = "gpt-4o";
  a.hold = Nano{1'000'000};
  return a;
}

store::Settlement settlement(store::Hold const& hold) {
  audit::Record r;
  r.time = system_clock().wall();
  r.request_id = RequestId{};
  r.org = "acme";
  r.team = "search";
  r.environment = "prod";
  r.key_id = "key_1";
  r.model_requested = r.model_served = "gpt-4o";
  r.provider = "openai";
  r.verdict = "allow";
  r.status = 200;
  r.cost = Nano{400'000};
  r.latency_total_us = 123'456;
  r.usage.emplace_back("input", 250, Nano{300'000});
  r.usage.emplace_back("output", 200, Nano{100'000});
  store::Settlement s;
  s.hold_id = hold.id();
  s.cost = r.cost;
  s.provider = "openai";
  s.model = "gpt-4o";
  s.parts = r.usage;
  audit::append_fields(s.record_fields, r);
  return s;
}

store::BudgetRef level(char const* scope, char const* id, char const* environment) {
  store::BudgetRef b;
  b.scope = scope;
  b.scope_id = id;
  b.environment = environment;
  b.window_end_ms = INT64_MAX;
  b.limit = Nano{INT64_MAX};
  b.alerts_percent = {50, 80, 100};
  return b;
}

Awaitable<> request(store::Store& store, bool budgets) {
  auto const slot = store.try_reserve();
  auto a = admission();
  if (budgets)
    a.budgets = {level("org", "acme", ""), level("team", "acme.search", "prod"), level("key", "key_1", "")};
  auto const admitted = co_await store.admit(*slot, std::move(a));
  if (!admitted || !admitted->hold) std::abort();
  store.mark_dispatched(admitted->hold);
  auto s = settlement(admitted->hold);
  auto const settled = co_await store.settle(*slot, std::move(s));
  if (!settled) std::abort();
}

std::int64_t cpu_ns() {
  timespec t{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return std::int64_t{t.tv_sec} * 1'000'000'000 + t.tv_nsec;
}

void admit_and_settle(benchmark::State& state, bool budgets) {
  test::TempDir const dir;
  store::SqliteOptions o;
  o.data_dir = dir.path();
  o.durable = false;
  std::array<std::uint8_t, 32> key{};
  auto store = store::open_sqlite(o, crypto::SecretKey{key}, system_clock()).value();
  auto const start = cpu_ns();
  for (auto _ : state) {
    boost::asio::io_context io{1};
    for (int i = 0; i < state.range(0); ++i)
      boost::asio::co_spawn(io, request(*store, budgets), boost::asio::detached);
    io.run();
  }
  auto const requests = state.iterations() * state.range(0);
  state.SetItemsProcessed(requests);
  state.counters["cpu_us"] = static_cast<double>(cpu_ns() - start) / 1000.0 / static_cast<double>(requests);
}
BENCHMARK_CAPTURE(admit_and_settle, free, false)->Arg(1)->Arg(8)->Arg(64)->UseRealTime();
BENCHMARK_CAPTURE(admit_and_settle, three_budgets, true)->Arg(1)->Arg(8)->Arg(64)->UseRealTime();

// A year of usage by 40 keys and 3 models, 10 million requests, as its roll-ups: what GET /admin/v1/usage
// reads for it.
void a_year_by_key_and_model(benchmark::State& state) {
  test::TempDir const dir;
  store::SqliteOptions o;
  o.data_dir = dir.path();
  o.durable = false;
  std::array<std::uint8_t, 32> key{};
  { auto made = store::open_sqlite(o, crypto::SecretKey{key}, system_clock()).value(); }
  constexpr std::int64_t day_ms = 86'400'000;
  auto const today = system_clock().wall().ms() / day_ms * day_ms;
  {
    sqlite3* db = nullptr;
    if (sqlite3_open((dir.path() / "tsg.db").c_str(), &db) != SQLITE_OK) std::abort();
    std::string sql = "BEGIN;";
    for (int dim = 1; dim <= 120; ++dim) {
      auto const d = std::to_string(dim);
      sql += "INSERT INTO usage_dim VALUES(" + d + ",'acme','search','prod','key_" + std::to_string(dim / 3) +
             "','openai','model-" + std::to_string(dim % 3) + "');";
      sql +=
          "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i+1 FROM n WHERE i<364) INSERT INTO "
          "usage_day(dim,bucket,requests,input,cached,output,cost,estimated) SELECT " +
          d + "," + std::to_string(today) + "-(i+1)*86400000,228,228000,0,45600,1026000000,0 FROM n;";
    }
    sql += "COMMIT;";
    if (sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) std::abort();
    sqlite3_close(db);
  }
  auto store = store::open_sqlite(o, crypto::SecretKey{key}, system_clock()).value();
  std::int64_t requests = 0;
  for (auto _ : state) {
    boost::asio::io_context io{1};
    boost::asio::co_spawn(
        io,
        [&]() -> Awaitable<> {
          store::UsageQuery q;
          q.from_ms = today - 365 * day_ms;
          q.to_ms = today + day_ms;
          q.group.key = q.group.model = q.group.day = true;
          auto rows = co_await store->usage(std::move(q));
          if (!rows) std::abort();
          requests = 0;
          for (auto const& r : *rows) requests += r.sum.requests;
        },
        boost::asio::detached);
    io.run();
  }
  state.counters["requests"] = static_cast<double>(requests);
}
BENCHMARK(a_year_by_key_and_model)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
