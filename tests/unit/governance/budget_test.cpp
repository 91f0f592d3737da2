// Budgets: what may be spent in a month, and what is granted on top of it for a while.
#include "tsg/governance/budget.hpp"

#include <gtest/gtest.h>

namespace tsg::governance {
namespace {

WallTime at(char const* time) {
  return parse_rfc3339(time).value();
}

std::string complaint(std::string const& document) {
  auto const parsed = parse_budget(document);
  return parsed ? "" : parsed.error().peek()->param;
}

std::string topped(std::string const& topups) {
  return R"({"monthly_usd":"10","topups":[)" + topups + "]}";
}
std::string topup(char const* id, char const* usd, char const* granted, char const* expires) {
  return std::string{R"({"id":")"} + id + R"(","usd":")" + usd + R"(","granted_at":")" + granted +
         R"(","expires_at":")" + expires + R"("})";
}

TEST(Budget, MistakesAreNamedByTheirPlace) {
  EXPECT_EQ(complaint("{}"), "monthly_usd");
  for (char const* money : {R"("-1")", R"("1e3")", "1", R"("")"})
    EXPECT_EQ(complaint(std::string{R"({"monthly_usd":)"} + money + "}"), "monthly_usd") << money;
  for (char const* money : {R"("99999999999999999999")", R"("0.0000000001")", "5", "5.5", "null"}) {
    auto const message =
        std::string{parse_budget(std::string{R"({"monthly_usd":)"} + money + "}").error().message()};
    for (char const* word : {"in quotes", "9223372036", "nine decimals"})
      EXPECT_NE(message.find(word), std::string::npos) << message;
  }
  EXPECT_EQ(complaint(R"({"monthly_usd":"1","alerts_percent":[80,50]})"), "alerts_percent");
  EXPECT_EQ(complaint(R"({"monthly_usd":"1","colour":"red"})"), "colour");
  auto const good = topup("a", "5", "2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z");
  EXPECT_EQ(complaint(topped(good)), "");
  EXPECT_EQ(complaint(topped(good + "," + good)), "topups[1].id");
  EXPECT_EQ(complaint(topped(topup("a", "0", "2026-11-24T00:00:00Z", "2026-11-25T00:00:00Z"))),
            "topups[0].usd");
  EXPECT_EQ(complaint(topped(topup("a", "5", "2026-11-25T00:00:00Z", "2026-11-25T00:00:00Z"))),
            "topups[0].expires_at");
  EXPECT_EQ(complaint(topped(R"({"id":"a","usd":"5","granted_at":"2026-11-24T00:00:00Z"})")),
            "topups[0].expires_at");
}

TEST(Budget, AlertsComeAt50And80And100UnlessItSaysOtherwise) {
  EXPECT_EQ(parse_budget(R"({"monthly_usd":"1"})")->alerts_percent, (std::vector{50, 80, 100}));
  EXPECT_TRUE(parse_budget(R"({"monthly_usd":"1","alerts_percent":[]})")->alerts_percent.empty());
}

TEST(Budget, ATopUpCountsInItsMonthUntilItExpires) {
  auto const budget =
      parse_budget(topped(topup("a", "5", "2026-11-24T12:00:00Z", "2026-11-26T00:00:00Z") + "," +
                          topup("b", "2.5", "2026-11-24T12:00:00Z", "2026-12-31T00:00:00Z")));
  ASSERT_TRUE(budget);
  TimeZone const utc;
  auto const limit = [&](char const* now) {
    return to_usd(limit_at(*budget, utc.month_of(at(now)), at(now)));
  };
  EXPECT_EQ(limit("2026-11-24T12:00:00Z"), "17.5");
  EXPECT_EQ(limit("2026-11-25T23:59:59Z"), "17.5");
  EXPECT_EQ(limit("2026-11-26T00:00:00Z"), "12.5") << "expired, without a job";
  EXPECT_EQ(limit("2026-12-01T00:00:00Z"), "10") << "granted once, so spent once: not in the next month too";
  EXPECT_EQ(limit("2026-10-31T00:00:00Z"), "10") << "a clock that steps back grants nothing";
}

TEST(Budget, MoreThanThereIsMoneyIsAllOfIt) {
  auto const budget =
      parse_budget(R"({"monthly_usd":"9000000000","topups":[)" +
                   topup("a", "9000000000", "2026-11-24T12:00:00Z", "2026-11-26T00:00:00Z") + "]}");
  ASSERT_TRUE(budget);
  auto const now = at("2026-11-25T00:00:00Z");
  EXPECT_EQ(limit_at(*budget, TimeZone{}.month_of(now), now), Nano{INT64_MAX});
}

}  // namespace
}  // namespace tsg::governance
