#include "tsg/core/ids.hpp"

#include <gtest/gtest.h>

#include <set>

namespace tsg {
namespace {

constexpr WallTime kNow{1'795'508'703'123'000'000};

TEST(RequestId, IsAUuidOfVersionSevenThatCarriesItsTime) {
  RequestIdSource source;
  RequestId const id = source.next(kNow);
  std::string const text = id.text();
  ASSERT_EQ(text.size(), 36u);
  EXPECT_EQ(text[14], '7');
  EXPECT_NE(std::string{"89ab"}.find(text[19]), std::string::npos);
  EXPECT_EQ(id.unix_ms(), kNow.ms());
  EXPECT_EQ(RequestId::parse(text), id);
}

TEST(RequestId, ExampleOfRfc9562) {
  auto const id = RequestId::parse("017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
  ASSERT_TRUE(id);
  EXPECT_EQ(id->unix_ms(), 1'645'557'742'000);
  EXPECT_EQ(id->text(), "017f22e2-79b0-7cc3-98c4-dc0c0c07398f");
}

TEST(RequestId, OnlyTheCanonicalFormIsRead) {
  for (auto const* text : {"", "017f22e279b07cc398c4dc0c0c07398f", "017F22E2-79B0-7CC3-98C4-DC0C0C07398F",
                           "{017f22e2-79b0-7cc3-98c4-dc0c0c07398f}", "017f22e2-79b0-7cc3-98c4-dc0c0c07398",
                           "017f22e2-79b0-7cc3-98c4-dc0c0c07398g", "017f22e2079b0-7cc3-98c4-dc0c0c07398f",
                           "017f22e2-79b0-4cc3-98c4-dc0c0c07398f",  // version 4
                           "017f22e2-79b0-7cc3-c8c4-dc0c0c07398f",  // other variant
                           "00000000-0000-0000-0000-000000000000"}) {
    EXPECT_FALSE(RequestId::parse(text)) << text;
  }
}

// 20,000 ids in one millisecond: far more than the counter holds, and than the pool of random bytes.
TEST(RequestIdSource, AscendsWithinOneMillisecond) {
  RequestIdSource source;
  RequestId last = source.next(kNow);
  for (int i = 0; i < 20'000; ++i) {
    RequestId const id = source.next(kNow);
    ASSERT_LT(last, id);
    ASSERT_LT(last.text(), id.text());
    ASSERT_TRUE(RequestId::parse(id.text()));
    last = id;
  }
  EXPECT_LE(last.unix_ms(), kNow.ms() + 20);
}

TEST(RequestIdSource, AscendsWhenTheClockGoesBack) {
  RequestIdSource source;
  RequestId const before = source.next(kNow);
  RequestId const after = source.next({kNow.ns - 3'600'000'000'000});
  EXPECT_LT(before, after);
  RequestId const later = source.next({kNow.ns + 1'000'000});
  EXPECT_LT(after, later);
  EXPECT_EQ(later.unix_ms(), kNow.ms() + 1);
}

TEST(RequestIdSource, TwoWorkersNeverAgree) {
  RequestIdSource a, b;
  std::set<RequestId> seen;
  for (int i = 0; i < 2000; ++i) {
    seen.insert(a.next(kNow));
    seen.insert(b.next(kNow));
  }
  EXPECT_EQ(seen.size(), 4000u);
}

}  // namespace
}  // namespace tsg
