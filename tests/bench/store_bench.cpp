// One request's two transactions, admit and settle, from coroutines, in `process` mode: 1, 8 and 64 at a
// time. cpu_us is CPU time of the whole process (callers, writer thread, SQLite, audit chain) per request.
#include <benchmark/benchmark.h>
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

Awaitable<> request(store::Store& store) {
  auto const slot = store.try_reserve();
  auto a = admission();
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

void admit_and_settle(benchmark::State& state) {
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
      boost::asio::co_spawn(io, request(*store), boost::asio::detached);
    io.run();
  }
  auto const requests = state.iterations() * state.range(0);
  state.SetItemsProcessed(requests);
  state.counters["cpu_us"] = static_cast<double>(cpu_ns() - start) / 1000.0 / static_cast<double>(requests);
}
BENCHMARK(admit_and_settle)->Arg(1)->Arg(8)->Arg(64)->UseRealTime();

}  // namespace
