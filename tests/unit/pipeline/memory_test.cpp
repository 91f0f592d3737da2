#include "tsg/pipeline/memory.hpp"

#include <gtest/gtest.h>

#include <thread>

namespace tsg::pipeline {
namespace {

constexpr WallTime kNow{1'800'000'000'000'000'000};

WallTime later(std::chrono::milliseconds by) {
  return {kNow.ns + std::chrono::nanoseconds{by}.count()};
}

class MemoryTest : public testing::Test {
 protected:
  void remember(std::string_view key, std::string id, std::string json, WallTime at = kNow) {
    std::vector<providers::Memo> memos;
    memos.emplace_back(std::move(id), std::move(json));
    memory_.remember("acme", key, memos, at);
  }
  std::optional<std::string> recall(std::string_view org, std::string_view key, std::string_view id,
                                    WallTime at = kNow) {
    return memory_.recall(org, key, id, at);
  }
  crypto::SecretKey master_{std::array<std::uint8_t, 32>{1, 2, 3}};
  Memory memory_{master_};
};

TEST_F(MemoryTest, AKeyFindsItsOwnTurnsAndNobodyElses) {
  remember("key_a", "call_1", R"({"sig":"x"})");
  EXPECT_EQ(recall("acme", "key_a", "call_1"), R"({"sig":"x"})");
  EXPECT_EQ(recall("acme", "key_b", "call_1"), std::nullopt);
  EXPECT_EQ(recall("other", "key_a", "call_1"), std::nullopt);
  EXPECT_EQ(recall("acme", "key_a", "call_2"), std::nullopt);
}

TEST_F(MemoryTest, TheLastOneOfACallIdCounts) {
  remember("k", "c", "1");
  remember("k", "c", "2");
  EXPECT_EQ(recall("acme", "k", "c"), "2");
}

TEST_F(MemoryTest, WhatIsOldIsGone) {
  memory_.set_limits(1 << 20, std::chrono::minutes{5});
  remember("k", "c", "1");
  EXPECT_TRUE(recall("acme", "k", "c", later(std::chrono::minutes{4})));
  EXPECT_FALSE(recall("acme", "k", "c", later(std::chrono::minutes{5})));
  EXPECT_EQ(memory_.bytes(), 0u);
}

TEST_F(MemoryTest, TheBoundHoldsAndTheLongestUnusedGoFirst) {
  memory_.set_limits(1 << 20, std::chrono::hours{1});
  std::string const block(4000, 'x');
  remember("k", "kept", block);
  for (int i = 0; i < 2000; ++i) {
    remember("k", "c" + std::to_string(i), block);
    ASSERT_TRUE(recall("acme", "k", "kept")) << i;
    ASSERT_LE(memory_.bytes(), 1u << 20);
  }
  EXPECT_FALSE(recall("acme", "k", "c0"));
  EXPECT_TRUE(recall("acme", "k", "c1999"));
}

TEST_F(MemoryTest, AnItemBeyondItsBoundIsNotKept) {
  remember("k", "c", std::string(Memory::item_bytes_max + 1, 'x'));
  EXPECT_FALSE(recall("acme", "k", "c"));
}

TEST_F(MemoryTest, WorkersMayUseItAtOnce) {
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([this, t] {
      for (int i = 0; i < 500; ++i) {
        auto const id = std::to_string(i % 50);
        std::vector<providers::Memo> memos;
        memos.emplace_back(id, std::to_string(t));
        memory_.remember("acme", "k", memos, kNow);
        (void)memory_.recall("acme", "k", id, kNow);
      }
    });
  for (auto& t : threads) t.join();
  EXPECT_TRUE(recall("acme", "k", "0"));
}

}  // namespace
}  // namespace tsg::pipeline
