// A key that misbehaves buys no more log than its rate; what is not recorded one by one is counted exactly.
#include "tsg/pipeline/refusals.hpp"

#include <gtest/gtest.h>

namespace tsg::pipeline {
namespace {

using governance::Room;

keys::Key key_named(std::string id) {
  keys::Key key;
  key.id = std::move(id);
  key.org = "acme";
  key.team = "web";
  return key;
}

class RefusalsTest : public ::testing::Test {
 protected:
  bool own(Room room, std::string_view what = "400 invalid_request_error", std::string id = "key_1") {
    auto const verdict = refusals.note(key_named(std::move(id)), what, room, 3, now);
    begun += verdict.begin;
    return verdict.own_record;
  }
  Refusals refusals;
  WallTime now{1'000'000'000};
  int begun = 0;
};

TEST_F(RefusalsTest, WithinTheRateEachHasItsRecord) {
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(own(Room::within));
  EXPECT_EQ(begun, 0);
  EXPECT_TRUE(refusals.take().sums.empty());
}

TEST_F(RefusalsTest, BeyondItTheFirstHasOneAndTheRestIsCounted) {
  EXPECT_TRUE(own(Room::beyond, "429 rate_limit_exceeded")) << "whoever is refused once can look it up";
  for (int i = 0; i < 50; ++i) EXPECT_FALSE(own(Room::beyond, "429 rate_limit_exceeded"));
  for (int i = 0; i < 7; ++i) EXPECT_FALSE(own(Room::beyond));
  EXPECT_EQ(begun, 1) << "one writer";
  auto const taken = refusals.take();
  ASSERT_EQ(taken.sums.size(), 1u);
  auto const& sum = taken.sums.front();
  EXPECT_EQ(sum.key_id, "key_1");
  EXPECT_EQ(sum.org, "acme");
  EXPECT_EQ(sum.total(), 57u);
  EXPECT_EQ(sum.counts.find("400 invalid_request_error")->second, 7u);
  EXPECT_FALSE(taken.over);
}

TEST_F(RefusalsTest, AFloodThatGoesOnIsOneRecordASecond) {
  int records = 0, counted = 0;
  for (int second = 0; second < 10; ++second) {
    for (int i = 0; i < 1'000; ++i) ++(own(Room::beyond) ? records : counted);
    for (auto const& sum : refusals.take().sums) {
      ++records;
      counted -= static_cast<int>(sum.total());
    }
  }
  EXPECT_EQ(records, 11);
  EXPECT_EQ(counted, 0) << "nothing is missing";
  EXPECT_TRUE(refusals.take().over) << "a quiet second ends it";
  EXPECT_TRUE(own(Room::beyond));
  EXPECT_EQ(begun, 2);
}

TEST_F(RefusalsTest, AKeyWithoutARateHasSoManyASecond) {
  int records = 0;
  for (int i = 0; i < 100; ++i) records += own(Room::unlimited);
  EXPECT_EQ(records, 4) << "three, and the first beyond";
  now.ns += 1'000'000'000;
  EXPECT_TRUE(own(Room::unlimited));
  EXPECT_EQ(refusals.take().sums.front().total(), 96u);
}

TEST_F(RefusalsTest, KeysAreCountedApart) {
  (void)own(Room::beyond);
  EXPECT_TRUE(own(Room::beyond, "404 not_found", "key_2"));
  (void)own(Room::beyond);
  (void)own(Room::beyond, "404 not_found", "key_2");
  EXPECT_EQ(refusals.take().sums.size(), 2u);
}

}  // namespace
}  // namespace tsg::pipeline
