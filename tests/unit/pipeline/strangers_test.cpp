// Floods of bad keys must not buy fsyncs (design decision 3): few records, an exact count of the rest.
#include "pipeline/strangers.hpp"

#include <gtest/gtest.h>

namespace tsg::pipeline {
namespace {

constexpr WallTime second(std::int64_t n) {
  return WallTime{n * 1'000'000'000};
}

TEST(Strangers, TheFirstOfASecondGetRecordsTheRestAreCounted) {
  Strangers strangers;
  int records = 0;
  for (int i = 0; i < 100; ++i) records += strangers.deserves_record("192.0.2.0/24", second(1), 20);
  EXPECT_EQ(records, 20);
  EXPECT_EQ(strangers.take_counted(), 80u);
  EXPECT_EQ(strangers.take_counted(), 0u) << "counted once";
}

TEST(Strangers, ANewSecondBeginsAnew) {
  Strangers strangers;
  EXPECT_TRUE(strangers.deserves_record("a", second(1), 1));
  EXPECT_FALSE(strangers.deserves_record("a", WallTime{second(1).ns + 999'999'999}, 1));
  EXPECT_TRUE(strangers.deserves_record("a", second(2), 1));
  EXPECT_EQ(strangers.counted(), 1u) << "what was counted before is still to be reported";
}

TEST(Strangers, OneFloodDoesNotSilenceOthers) {
  Strangers strangers;
  for (int i = 0; i < 1000; ++i) (void)strangers.deserves_record("flood", second(1), 5);
  EXPECT_TRUE(strangers.deserves_record("other", second(1), 5));
}

// Memory and records stay bounded when each request comes from another address.
TEST(Strangers, AFloodFromEverywhereSharesOneAllowance) {
  Strangers strangers{100};
  int records = 0;
  for (int i = 0; i < 10'000; ++i) records += strangers.deserves_record(std::to_string(i), second(1), 1);
  EXPECT_LE(records, 101);
  EXPECT_EQ(strangers.counted(), static_cast<std::uint64_t>(10'000 - records));
}

TEST(Strangers, AllowingNoneCountsAll) {
  Strangers strangers;
  EXPECT_FALSE(strangers.deserves_record("a", second(1), 0));
  EXPECT_EQ(strangers.counted(), 1u);
}

}  // namespace
}  // namespace tsg::pipeline
