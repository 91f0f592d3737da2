// "Last used" of a key: in memory while requests run, in the store by the minute, there again after a start.
#include "admin/key_uses.hpp"

#include "support/fake_store.hpp"
#include "support/run.hpp"
#include "support/temp_dir.hpp"
#include "tsg/pipeline/metrics.hpp"
#include "tsg/store/open.hpp"

namespace tsg::admin {
namespace {

class MovableClock final : public Clock {
 public:
  SteadyTime steady() const noexcept override { return SteadyTime{}; }
  WallTime wall() const noexcept override { return now; }
  WallTime now = *parse_rfc3339("2026-11-24T08:00:30Z");
};

crypto::SecretKey secret() {
  std::array<std::uint8_t, 32> bytes{};
  bytes.fill(1);
  return crypto::SecretKey{bytes};
}

// One run of the process: the keys as the store's documents gave them, and nothing remembered of their use.
struct Life {
  Life(store::Store& store, Clock const& clock, std::size_t keys)
      : services{store, directory, clock, metrics, pepper, pepper, pepper},
        state{Settings{services, directory, pepper, pepper, Digest{}, Names{}}} {
    for (std::size_t i = 0; i < keys; ++i) {
      auto key = std::make_shared<keys::Key>();
      key->id = "key_" + std::to_string(i);
      state.keys.push_back(key);
      directory.put(std::move(key));
    }
    EXPECT_TRUE(test::run(uses.load()));
  }
  std::string last_used(std::size_t i) const {
    auto const at = state.keys[i]->last_used.get();
    return at == WallTime{} ? "never" : to_rfc3339(at).substr(11, 5);
  }
  void keep() { EXPECT_TRUE(test::run(uses.keep())); }

  crypto::SecretKey pepper = secret();
  keys::Directory directory;
  pipeline::Metrics metrics;
  pipeline::Services services;
  State state;
  KeyUses uses{state};
};

TEST(KeyUses, WhatWasKeptIsThereAfterARestartAndTheLastMinuteMayNotBe) {
  MovableClock clock;
  auto const store = store::open_fake(clock);
  {
    Life life{*store, clock, 2};
    EXPECT_EQ(life.last_used(0), "never");
    life.state.keys[0]->last_used.touch(clock.now);
    life.keep();
    clock.now.ns += 60'000'000'000;
    life.state.keys[0]->last_used.touch(clock.now);
    EXPECT_EQ(life.last_used(0), "08:01");
  }  // killed
  Life next{*store, clock, 2};
  EXPECT_EQ(next.last_used(0), "08:00");
  EXPECT_EQ(next.last_used(1), "never");
}

TEST(KeyUses, AUseLaterInAMinuteThatWasKeptIsKeptToo) {
  MovableClock clock;
  auto const store = store::open_fake(clock);
  Life life{*store, clock, 2};
  life.keep();
  life.state.keys[1]->last_used.touch(WallTime{clock.now.ns + 10'000'000'000});  // 08:00:40
  clock.now.ns += 60'000'000'000;
  life.keep();
  EXPECT_EQ((Life{*store, clock, 2}.last_used(1)), "08:00");
}

TEST(KeyUses, OnlyWhatMovedIsWrittenAndThatInPieces) {
  MovableClock clock;
  auto const store = store::open_fake(clock);
  constexpr std::size_t many = 1000;
  Life life{*store, clock, many + 1};
  for (std::size_t i = 0; i < many; ++i) life.state.keys[i]->last_used.touch(clock.now);
  life.keep();
  EXPECT_EQ(test::run(store->key_uses())->size(), many) << "the one that was not used has no row";
}

}  // namespace
}  // namespace tsg::admin
