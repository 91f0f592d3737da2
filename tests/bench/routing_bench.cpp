// A route of ten targets: what one request pays for its decision.
#include <benchmark/benchmark.h>

#include "tsg/routing/board.hpp"
#include "tsg/routing/decision.hpp"

namespace {

using namespace tsg;
using namespace tsg::routing;

constexpr WallTime today{1'795'000'000'000'000'000};

struct World {
  World() {
    catalog = catalog::Catalog::load(catalog::Catalog::built_in()).catalog;
    config = *config::load_text("providers: {openai: {}, anthropic: {}, gemini: {}, xai: {}}\n", "/").config;
    std::string targets;
    int n = 0;
    for (auto const& m : catalog->models()) {
      if (n == 10) break;
      if (m.mode != catalog::Mode::chat || m.provider == "perplexity" || !m.priced()) continue;
      targets += (n++ == 0 ? "\"" : ",\"") + m.provider + "/" + m.id + "\"";
    }
    std::string json = "{";
    for (auto const* s : {"priority", "weighted", "lowest_cost", "lowest_latency"})
      json += (json.size() > 1 ? ",\"" : "\"") + std::string{s} + R"(":{"strategy":")" + s +
              R"(","targets":[)" + targets + "]}";
    routes = RouteTable{parse_routes(json + "}").routes, *catalog, config};
    facts.input_tokens = 300;
    facts.output_tokens = 500;
    facts.tools = true;
  }
  std::shared_ptr<catalog::Catalog const> catalog;
  config::Config config;
  RouteTable routes;
  Facts facts;
  Board board;
};

World& world() {
  static World w;
  return w;
}

// Resolve, filter, look at health, rank: everything between a name and the first target.
void routing_ten_targets(benchmark::State& state, char const* name) {
  auto& w = world();
  std::uint64_t seed = 0;
  for (auto _ : state) {
    auto plan = resolve(name, *w.catalog, w.config, &w.routes);
    std::vector<PassedOver> passed;
    strike_unfit(*plan, w.facts, passed);
    std::vector<View> views;
    views.reserve(plan->targets.size());
    for (auto const& t : plan->targets)
      views.push_back(w.board.endpoint(t.provider->id, t.model->id, "main").view(SteadyTime{}));
    benchmark::DoNotOptimize(decide(*plan, w.facts, views, today, ++seed));
  }
}
BENCHMARK_CAPTURE(routing_ten_targets, priority, "priority");
BENCHMARK_CAPTURE(routing_ten_targets, weighted, "weighted");
BENCHMARK_CAPTURE(routing_ten_targets, lowest_cost, "lowest_cost");
BENCHMARK_CAPTURE(routing_ten_targets, lowest_latency, "lowest_latency");

void routing_decision_to_json(benchmark::State& state) {
  auto& w = world();
  auto const decision = decide(*w.routes.find("weighted"), w.facts, {}, today, 1);
  for (auto _ : state) benchmark::DoNotOptimize(to_json(decision));
}
BENCHMARK(routing_decision_to_json);

void health_of_one_attempt(benchmark::State& state) {
  auto& e = world().board.endpoint("openai", "gpt-4o", "main");
  for (auto _ : state)
    e.end(e.begin(SteadyTime{}, false), Mark::success, {}, std::chrono::microseconds{1'000}, SteadyTime{});
}
BENCHMARK(health_of_one_attempt);

}  // namespace
