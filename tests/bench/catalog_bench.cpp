// Costs of one request: two look-ups, one hold, one bill.
#include <benchmark/benchmark.h>

#include "tsg/catalog/catalog.hpp"

namespace {

using namespace tsg::catalog;
constexpr tsg::WallTime today{1'795'000'000'000'000'000};

Catalog const& built_in() {
  static auto const loaded = Catalog::load(Catalog::built_in());
  return *loaded.catalog;
}

void catalog_find(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(built_in().find("openai", "gpt-4o-2024-08-06"));
}
BENCHMARK(catalog_find);

void catalog_price(benchmark::State& state) {
  auto const& model = *built_in().find("gpt-5.6-sol");
  Usage usage;
  usage.input = 234;
  usage.cached_input = 1'000;
  usage.output = 567;
  usage.reasoning = 89;
  for (auto _ : state) benchmark::DoNotOptimize(price(model, usage, today));
}
BENCHMARK(catalog_price);

void catalog_hold_bound(benchmark::State& state) {
  auto const& model = *built_in().find("gpt-5.6-sol");
  Bound bound;
  bound.input_tokens = 1'234;
  bound.output_tokens = 4'096;
  for (auto _ : state) benchmark::DoNotOptimize(hold_bound(model, bound, today));
}
BENCHMARK(catalog_hold_bound);

void catalog_load(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Catalog::load(Catalog::built_in()));
}
BENCHMARK(catalog_load)->Unit(benchmark::kMillisecond);

}  // namespace
