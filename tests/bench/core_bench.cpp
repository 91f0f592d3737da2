// The primitives every request pays for: about four hashes, one key digest, one look-up, one id.
#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

#include "tsg/core/crypto.hpp"
#include "tsg/core/ids.hpp"
#include "tsg/keys/directory.hpp"
#include "tsg/keys/key_format.hpp"

namespace {

using namespace tsg;

void sha256_bytes(benchmark::State& state) {
  Bytes const data(static_cast<std::size_t>(state.range(0)), 0x5a);
  for (auto _ : state) benchmark::DoNotOptimize(crypto::sha256(data));
  state.SetBytesProcessed(state.iterations() * state.range(0));
}
BENCHMARK(sha256_bytes)->Arg(64)->Arg(1024);

void key_digest(benchmark::State& state) {
  crypto::SecretKey const pepper{std::span<std::uint8_t const, 32>{Bytes(32, 7)}};
  std::string const key = keys::make_key(crypto::random_bytes);
  for (auto _ : state) benchmark::DoNotOptimize(keys::digest(pepper, key));
}
BENCHMARK(key_digest);

void key_well_formed(benchmark::State& state) {
  std::string const key = keys::make_key(crypto::random_bytes);
  for (auto _ : state) benchmark::DoNotOptimize(keys::well_formed(key));
}
BENCHMARK(key_well_formed);

constexpr std::size_t kKeys = 100'000;

std::vector<std::shared_ptr<keys::Key const>> many_keys() {
  std::vector<std::shared_ptr<keys::Key const>> all;
  all.reserve(kKeys);
  for (std::size_t i = 0; i < kKeys; ++i) {
    auto key = std::make_shared<keys::Key>();
    key->id = "key_" + std::to_string(i);
    key->secrets.resize(1);
    key->secrets[0].digest = crypto::sha256(as_bytes(key->id));
    all.push_back(std::move(key));
  }
  return all;
}

// The asked keys jump about, so that the caches see what a busy gateway's caches see.
void directory_find(benchmark::State& state) {
  auto const all = many_keys();
  keys::Directory directory;
  directory.load(all);
  std::size_t i = 0;
  for (auto _ : state) {
    i = (i + 7919) % kKeys;
    benchmark::DoNotOptimize(directory.find(all[i]->secrets[0].digest));
  }
}
BENCHMARK(directory_find);

void directory_put(benchmark::State& state) {
  auto const all = many_keys();
  keys::Directory directory;
  directory.load(all);
  std::size_t i = 0;
  for (auto _ : state) {
    i = (i + 7919) % kKeys;
    directory.put(std::make_shared<keys::Key>(*all[i]));
  }
}
BENCHMARK(directory_put);

void request_id_next(benchmark::State& state) {
  RequestIdSource source;
  WallTime now{1'795'508'703'123'000'000};
  for (auto _ : state) {
    now.ns += 10'000;
    benchmark::DoNotOptimize(source.next(now));
  }
}
BENCHMARK(request_id_next);

}  // namespace
