#include "upstream/name_table.hpp"

#include <gtest/gtest.h>

#include "upstream/dial.hpp"

namespace tsg::upstream {
namespace {

using std::chrono::seconds;
SteadyTime at(int s) {
  return SteadyTime{seconds{s}};
}

Addresses good() {
  Addresses found;
  found.endpoints.emplace_back(boost::asio::ip::address_v4::loopback(), 443);
  return found;
}
Addresses bad() {
  Addresses found;
  found.failure = "Temporary failure in name resolution";
  return found;
}

TEST(NameTable, ANewNameIsDueAtOnceAndIsListedOnce) {
  NameTable table;
  EXPECT_TRUE(table.add("a.test", 443, at(5)));
  EXPECT_FALSE(table.add("a.test", 443, at(6)));
  EXPECT_TRUE(table.add("a.test", 444, at(7)));
  ASSERT_NE(table.due(at(5)), nullptr);
  EXPECT_EQ(table.due(at(4)), nullptr);
  EXPECT_EQ(table.next(), at(5));
}

TEST(NameTable, AGoodAnswerIsRefreshedWithinThirtySecondsButNotInStep) {
  NameTable table;
  table.add("a.test", 443, at(0));
  table.answer("a.test", 443, good(), at(100), 0.0);
  EXPECT_EQ(table.next(), at(130));
  table.answer("a.test", 443, good(), at(200), 1.0);
  EXPECT_EQ(table.next(), SteadyTime{std::chrono::milliseconds{222'500}});
}

TEST(NameTable, WhenTheNameServerDiesTheLastGoodAnswerIsServed) {
  NameTable table;
  table.add("a.test", 443, at(0));
  table.answer("a.test", 443, good(), at(0), 0.0);
  table.answer("a.test", 443, bad(), at(30), 0.0);
  auto const& name = table.names().front();
  ASSERT_EQ(name.addresses->endpoints.size(), 1u);
  EXPECT_EQ(name.addresses->failure, "Temporary failure in name resolution");
  EXPECT_EQ(name.due, at(60));
}

TEST(NameTable, ANameNeverResolvedIsTriedAgainEverMoreSeldom) {
  NameTable table;
  table.add("a.test", 443, at(0));
  int now = 0;
  for (int const wait : {1, 2, 4, 8, 16, 30, 30}) {
    table.answer("a.test", 443, bad(), at(now), 0.0);
    EXPECT_EQ(table.next(), at(now + wait));
    now += wait;
  }
  table.answer("a.test", 443, good(), at(now), 0.0);
  EXPECT_EQ(table.names().front().failures, 0);
}

TEST(Share, ABlackHoleLeavesTimeForTheNextAddress) {
  EXPECT_EQ(share(seconds{9}, 3), seconds{3});
  EXPECT_EQ(share(seconds{5}, 4), seconds{2});
  EXPECT_EQ(share(seconds{1}, 4), seconds{1});
  EXPECT_EQ(share(seconds{5}, 1), seconds{5});
}

}  // namespace
}  // namespace tsg::upstream
