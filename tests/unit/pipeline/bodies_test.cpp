// One bound for all bodies in memory.
#include "tsg/pipeline/bodies.hpp"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

namespace tsg::pipeline {
namespace {

constexpr std::size_t MiB = 1 << 20;

TEST(BodiesTest, WhatOneHoldsIsGivenBackWhenItDies) {
  Bodies bodies;
  bodies.set_most(16 * MiB);
  {
    auto share = bodies.request();
    EXPECT_TRUE(share.hold(3 * MiB));
    EXPECT_EQ(bodies.used(), 3 * MiB);
    EXPECT_TRUE(share.hold(2 * MiB)) << "less than it has";
    EXPECT_EQ(bodies.used(), 3 * MiB);
    auto moved = std::move(share);
    EXPECT_EQ(bodies.used(), 3 * MiB);
  }
  EXPECT_EQ(bodies.used(), 0u);
}

TEST(BodiesTest, ARefusalChangesNothing) {
  Bodies bodies;
  bodies.set_most(8 * MiB);
  auto share = bodies.answer();
  ASSERT_TRUE(share.hold(5 * MiB));
  auto other = bodies.answer();
  EXPECT_FALSE(other.hold(4 * MiB));
  EXPECT_EQ(bodies.used(), 5 * MiB);
  EXPECT_TRUE(other.hold(3 * MiB));
  EXPECT_FALSE(other.hold(3 * MiB + 1)) << "a piece more";
  EXPECT_EQ(bodies.used(), 8 * MiB);
}

// Forty clients that send 31 MB and never end: they take three quarters, and everybody else is still served.
TEST(BodiesTest, LargeRequestsLeaveRoomForEverydayOnesAndThoseForAnswers) {
  Bodies bodies;
  bodies.set_most(64 * MiB);
  std::vector<Bodies::Share> large;
  for (int i = 0; i < 40; ++i) {
    auto share = bodies.request();
    if (share.hold(6 * MiB)) large.push_back(std::move(share));
  }
  EXPECT_EQ(large.size(), 8u) << "48 of 64 MiB";
  std::vector<Bodies::Share> everyday;
  for (int i = 0; i < 40; ++i) {
    auto share = bodies.request();
    if (share.hold(MiB)) everyday.push_back(std::move(share));
  }
  EXPECT_EQ(everyday.size(), 8u) << "another eighth";
  auto answer = bodies.answer();
  EXPECT_TRUE(answer.hold(8 * MiB));
  EXPECT_FALSE(bodies.answer().hold(MiB));
  EXPECT_TRUE(bodies.request().hold(Bodies::small)) << "small ones are not counted: there are only so many";
}

TEST(BodiesTest, ABoundThatIsLoweredRefusesUntilItIsMet) {
  Bodies bodies;
  bodies.set_most(32 * MiB);
  auto share = bodies.answer();
  ASSERT_TRUE(share.hold(20 * MiB));
  bodies.set_most(8 * MiB);
  EXPECT_FALSE(bodies.answer().hold(MiB));
  share.release();
  EXPECT_TRUE(bodies.answer().hold(MiB));
}

TEST(BodiesTest, ManyThreadsNeverExceedIt) {
  Bodies bodies;
  bodies.set_most(4 * MiB);
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      for (int i = 0; i < 2'000; ++i) {
        auto share = bodies.answer();
        (void)share.hold(MiB * static_cast<std::size_t>(1 + i % 3));
        EXPECT_LE(bodies.used(), 4 * MiB);
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(bodies.used(), 0u);
}

}  // namespace
}  // namespace tsg::pipeline
