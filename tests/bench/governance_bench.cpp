// The policy stage (issue 4: at most 5 µs with one policy and three limits), and keys and world at the size
// of 1,000 teams and 100,000 keys: look-up, change, start, memory. tests/bench/fleet.py has the whole
// process.
#include <benchmark/benchmark.h>
#include <malloc.h>

#include <memory>
#include <string>

#include "bench/instructions.hpp"
#include "pipeline/decision.hpp"
#include "tsg/governance/builder.hpp"
#include "tsg/governance/meter.hpp"
#include "tsg/keys/key_format.hpp"

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

// Built once: a benchmark function runs dozens of times.
governance::World const& whole_world() {
  static auto const world = [] {
    governance::Builder builder;
    fill(builder, true);
    return builder.build();
  }();
  return *world;
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
  auto const& world = whole_world();
  auto const rt = runtime();
  auto const key = key_of(4711);
  std::string const body =
      R"({"model":"gpt-4o","messages":[{"role":"user","content":")" + std::string(1000, 'x') + R"("}]})";
  bench::Instructions const instructions{state};
  for (auto _ : state) {
    auto const levels = *world.levels(key);
    pipeline::Question question{*rt, key, levels, WallTime{1'800'000'000'000'000'000}};
    pipeline::Decision decision;
    auto decided = pipeline::decide(question, body, decision);
    governance::Charge charge;
    charge.input_tokens = 25;  // less than what comes back meanwhile: the bucket stays open
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
  auto const& world = whole_world();
  auto const key = key_of(4711);
  governance::Facts facts;
  facts.environment = key.environment;
  governance::Candidate candidate;
  candidate.provider = "openai";
  candidate.model = candidate.catalogue_model = "gpt-4o";
  candidate.default_instance = true;
  bench::Instructions const instructions{state};
  for (auto _ : state) {
    auto const levels = *world.levels(key);
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
  auto const& world = whole_world();
  std::vector<keys::Key> keys;
  for (int i = 0; i < kKeys; i += 97) keys.push_back(key_of(i));
  std::size_t i = 0;
  bench::Instructions const instructions{state};
  for (auto _ : state) {
    i = (i + 7919) % keys.size();
    benchmark::DoNotOptimize(world.levels(keys[i]));
  }
}
BENCHMARK(world_levels_100k_keys);

void world_build_1000_teams_100k_limited_keys(benchmark::State& state) {
  bench::Instructions const instructions{state};
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
  bench::Instructions const instructions{state};
  for (auto _ : state) {
    builder.put_key_limit("key_" + std::to_string(i++), 1, &*limit);
    benchmark::DoNotOptimize(builder.build());
  }
}
BENCHMARK(world_add_one_key_to_100k)->Unit(benchmark::kMicrosecond);

// What find() costs does not depend on how many there are, but for the caches.
void authenticate_among(benchmark::State& state) {
  auto const count = static_cast<int>(state.range(0));
  std::vector<std::shared_ptr<keys::Key const>> all;
  for (int i = 0; i < count; ++i) {
    auto key = std::make_shared<keys::Key>(key_of(i));
    keys::Secret secret;
    secret.digest = crypto::sha256(as_bytes(key->id));
    key->secrets.push_back(secret);
    all.push_back(std::move(key));
  }
  keys::Directory directory;
  directory.load(all);
  crypto::SecretKey const pepper{std::span<std::uint8_t const, 32>{Bytes(32, 7)}};
  std::string const text = keys::make_key(crypto::random_bytes);
  std::size_t i = 0;
  bench::Instructions const instructions{state};
  for (auto _ : state) {
    i = (i + 7919) % all.size();
    benchmark::DoNotOptimize(keys::digest(pepper, text));
    auto const& digest = all[i]->secrets[0].digest;
    auto const key = directory.find(digest);
    benchmark::DoNotOptimize(keys::usable(*key, digest, WallTime{1}));
  }
}
BENCHMARK(authenticate_among)->Arg(1000)->Arg(kKeys);

std::size_t heap_bytes() {
  auto const info = ::mallinfo2();
  return info.uordblks + info.hblkhd;
}

// A string and what it has on the heap, as glibc rounds it.
std::size_t cost_of(std::string const& text) {
  return sizeof text + (text.capacity() > 15 ? (text.capacity() + 1 + 8 + 15) / 16 * 16 : 0);
}

// Counters, not time: bytes per key with its places in the directory and in the admin's list.
void memory_per_key(benchmark::State& state) {
  for (auto _ : state) {
    auto const before = heap_bytes();
    std::vector<std::shared_ptr<keys::Key const>> listed;
    listed.reserve(kKeys);
    std::size_t strings = 0;
    for (int i = 0; i < kKeys; ++i) {
      auto key = std::make_shared<keys::Key>(key_of(i));
      key->id = "key_" + std::to_string(1'000'000'000) + std::to_string(1'000'000'000 + i);
      key->name = "app-" + std::to_string(i);
      key->display = "tsg-0123…3PNM";
      keys::Secret secret;
      secret.digest = crypto::sha256(as_bytes(key->id));
      key->secrets.push_back(secret);
      for (auto const* text : {&key->id, &key->org, &key->team, &key->environment, &key->name, &key->display,
                               &key->tags_json, &key->limits_json})
        strings += cost_of(*text);
      strings += (key->allowed_models.size() * sizeof(std::string) + 8 + 15) / 16 * 16;
      for (auto const& pattern : key->allowed_models) strings += cost_of(pattern) - sizeof pattern;
      listed.push_back(std::move(key));
    }
    keys::Directory directory;
    directory.load(listed);
    std::vector<keys::Key const*> by_creation;  // as the admin API keeps them
    by_creation.reserve(kKeys);
    for (auto const& key : listed) by_creation.push_back(key.get());
    decltype(listed){}.swap(listed);
    auto const all = static_cast<double>(heap_bytes() - before) / kKeys;
    state.counters["bytes"] = all;
    state.counters["beyond_strings"] = all - static_cast<double>(strings) / kKeys;
  }
}
BENCHMARK(memory_per_key)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
