// The policy stage (issue 4: at most 5 µs with one policy and three limits), and the world at the size of
// 1,000 teams and 100,000 keys: look-up, change, start.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>

#include "pipeline/decision.hpp"
#include "tsg/governance/builder.hpp"
#include "tsg/governance/meter.hpp"

namespace {

using namespace tsg;
using governance::Level;
using governance::Scope;

constexpr int kTeams = 1000, kKeys = 100'000;

std::string team_of(int i) {
  return "acme.team-" + std::to_string(i % kTeams);
}

keys::Key key_of(int i) {
  keys::Key key;
  key.id = "key_" + std::to_string(i);
  key.org = "acme";
  key.team = team_of(i).substr(5);
  key.environment = "prod";
  key.allowed_models = {"gpt-4o*", "anthropic/*"};
  return key;
}

void fill(governance::Builder& builder, bool key_limits) {
  builder.put_org("acme", true, WallTime{});
  for (int i = 0; i < kTeams; ++i) builder.put_team(team_of(i), true, WallTime{});
  auto const limit =
      governance::parse_limit(R"({"requests_per_minute":1000000000,"input_tokens_per_minute":1000000000})");
  std::string const text =
      R"({"models":{"allow":["gpt-4o*","anthropic/*"]},"max_tokens":{"limit":4096,"action":"clamp"}})";
  auto const policy = governance::parse_policy(text);
  builder.put_policy(Scope{Level::org, "acme", ""}, 1, text, &*policy);
  builder.put_limit(Scope{Level::org, "acme", ""}, 1, "", &*limit);
  for (int i = 0; i < kTeams; ++i) builder.put_limit(Scope{Level::team, team_of(i), ""}, 1, "", &*limit);
  for (int i = 0; key_limits && i < kKeys; ++i) builder.put_key_limit(key_of(i).id, 1, &*limit);
}

std::shared_ptr<pipeline::Runtime const> runtime() {
  auto made = std::make_shared<pipeline::Runtime>();
  made->config =
      *config::load_text("providers: {openai: {credentials: [{name: main, key: 'env:X'}]}}", "/").config;
  made->catalog = catalog::Catalog::load(catalog::Catalog::built_in(), "").catalog;
  return made;
}

// Everything between the body and the budget stage: parse, resolve, policies, three levels of limits.
void policy_stage(benchmark::State& state) {
  governance::Builder builder;
  fill(builder, true);
  auto const world = builder.build();
  auto const rt = runtime();
  auto const key = key_of(4711);
  std::string const body =
      R"({"model":"gpt-4o","messages":[{"role":"user","content":")" + std::string(1000, 'x') + R"("}]})";
  for (auto _ : state) {
    auto const levels = *world->levels(key);
    pipeline::Question question{*rt, key, levels, WallTime{1'800'000'000'000'000'000}};
    pipeline::Decision decision;
    auto decided = pipeline::decide(question, body, decision);
    governance::Charge charge;
    charge.input_tokens = 250;
    auto const now = Steady::now();
    auto checked = governance::Lease::check(levels, charge, now, question.now);
    auto taken = governance::Lease::take(levels, charge, now, question.now);
    if (!decided || !checked || !taken) state.SkipWithError("refused");
    benchmark::DoNotOptimize(decision);
  }
}
BENCHMARK(policy_stage);

// The same without parsing and resolving: what governance adds to the stage.
void policy_and_limits_alone(benchmark::State& state) {
  governance::Builder builder;
  fill(builder, true);
  auto const world = builder.build();
  auto const key = key_of(4711);
  governance::Facts facts;
  facts.environment = key.environment;
  governance::Candidate candidate;
  candidate.provider = "openai";
  candidate.model = candidate.catalogue_model = "gpt-4o";
  candidate.default_instance = true;
  for (auto _ : state) {
    auto const levels = *world->levels(key);
    benchmark::DoNotOptimize(governance::check_access(levels, facts));
    benchmark::DoNotOptimize(governance::check_target(levels, candidate));
    benchmark::DoNotOptimize(governance::check_request(levels, facts));
    auto const now = Steady::now();
    benchmark::DoNotOptimize(governance::Lease::check(levels, {}, now, {}));
    auto lease = governance::Lease::take(levels, {}, now, {});
    benchmark::DoNotOptimize(lease);
  }
}
BENCHMARK(policy_and_limits_alone);

void world_levels_100k_keys(benchmark::State& state) {
  governance::Builder builder;
  fill(builder, true);
  auto const world = builder.build();
  std::vector<keys::Key> keys;
  for (int i = 0; i < kKeys; i += 97) keys.push_back(key_of(i));
  std::size_t i = 0;
  for (auto _ : state) {
    i = (i + 7919) % keys.size();
    benchmark::DoNotOptimize(world->levels(keys[i]));
  }
}
BENCHMARK(world_levels_100k_keys);

void world_build_1000_teams_100k_limited_keys(benchmark::State& state) {
  for (auto _ : state) {
    governance::Builder builder;
    fill(builder, true);
    benchmark::DoNotOptimize(builder.build());
  }
}
BENCHMARK(world_build_1000_teams_100k_limited_keys)->Unit(benchmark::kMillisecond);

// What publishing a new key with limits costs the admin thread: one shard of 64 is copied.
void world_add_one_key_to_100k(benchmark::State& state) {
  governance::Builder builder;
  fill(builder, true);
  (void)builder.build();
  auto const limit = governance::parse_limit(R"({"requests_per_minute":60})");
  int i = kKeys;
  for (auto _ : state) {
    builder.put_key_limit("key_" + std::to_string(i++), 1, &*limit);
    benchmark::DoNotOptimize(builder.build());
  }
}
BENCHMARK(world_add_one_key_to_100k)->Unit(benchmark::kMicrosecond);

}  // namespace
