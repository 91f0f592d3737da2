// Sums that outlive the process, and times cut into what the roll-ups have.
#include <random>

#include "store/usage_span.hpp"
#include "store_fixture.hpp"

namespace tsg::store {
namespace {

constexpr std::int64_t kMidnight = kNowMs - kNowMs % kDayMs;

TEST(UsageSpan, piecesAreDisjointAndTogetherTheWhole) {
  std::mt19937 random{7};  // NOLINT: the same spans on every run
  for (int i = 0; i < 10'000; ++i) {
    auto const from = kMidnight + static_cast<std::int64_t>(random() % (3 * kDayMs));
    auto const to = from + static_cast<std::int64_t>(random() % (5 * kDayMs));
    auto const s = split(Span{from, to});
    std::int64_t length = s.days.empty() ? 0 : s.days.to - s.days.from;
    for (auto const& q : s.quarters) {
      EXPECT_EQ(q.from % kQuarterMs, 0);
      EXPECT_EQ(q.to % kQuarterMs, 0);
      EXPECT_TRUE(q.to <= s.days.from || q.from >= s.days.to || s.days.empty());
      length += q.to - q.from;
    }
    for (auto const& r : s.rows) {
      EXPECT_LT(r.to - r.from, s.summed.empty() ? 2 * kQuarterMs : kQuarterMs);
      length += r.to - r.from;
    }
    ASSERT_EQ(length, to - from);
  }
}

TEST(UsageSpan, aMonthInAnyZoneNeedsNoRows) {
  // Europe/Berlin begins at 22:00 or 23:00 UTC, Asia/Kolkata at 18:30, Asia/Kathmandu at 18:15.
  for (std::int64_t const offset : {7'200'000, 3'600'000, 19'800'000, 20'700'000}) {
    auto const s = split(Span{kMidnight - offset, kMidnight + 30 * kDayMs - offset});
    EXPECT_TRUE(s.rows.empty());
    EXPECT_FALSE(s.days.empty());
  }
}

struct Rollups : StoreTest {
  void use(std::int64_t at_ms, std::int64_t cost, std::string key = "key_1") {
    auto a = admission(cost);
    a.key_id = std::move(key);
    a.time = WallTime{at_ms * 1'000'000};
    ASSERT_TRUE(settle(settlement(admit(std::move(a)).hold, cost)));
  }
  BudgetRef month(std::string scope, std::string id, std::int64_t limit) {
    auto b = budget(std::move(scope), std::move(id), limit);
    b.window_start_ms = kMidnight - 10 * kDayMs;
    b.window_end_ms = kMidnight + 20 * kDayMs;
    return b;
  }
  std::int64_t spent(BudgetRef b) {
    return test::run(store->budgets({std::move(b)})).value().at(0).settled.v;
  }
  Errc refusal(BudgetRef b, std::int64_t hold) {
    auto a = admission(hold);
    a.budgets = {std::move(b)};
    auto const r = admit(std::move(a));
    return r.refusal ? r.refusal->code() : Errc::internal;
  }
};

TEST_F(Rollups, aBudgetAskedForLateKnowsWhatWasSpentBefore) {
  use(kMidnight - 10 * kDayMs - 1, 1'000'000);  // the month before
  use(kMidnight - 10 * kDayMs, 10);
  use(kMidnight - 3 * kDayMs + 5, 200);
  use(kNowMs, 3000, "key_2");
  EXPECT_EQ(spent(month("org", "acme", 1)), 3210);
  EXPECT_EQ(spent(month("key", "key_1", 1)), 210);
  EXPECT_EQ(refusal(month("key", "key_1", 260), 51), Errc::insufficient_quota);
  EXPECT_EQ(refusal(month("key", "key_1", 260), 50), Errc::internal) << "admitted";
}

// SQLite makes a floating point number of a sum that does not fit, or fails.
TEST_F(Rollups, sumsThatHaveNoEndStayFullOverRestarts) {
  constexpr std::int64_t six = 6'000'000'000'000'000'000;
  auto const level = month("key", "key_1", 1000);
  for (int day = 0; day < 3; ++day)
    for (int run = 0; run < 3; ++run) {
      use(kMidnight - day * kDayMs, six);
      reopen();
      if (day + run > 0) {
        EXPECT_EQ(spent(level), INT64_MAX);
      }
      EXPECT_EQ(refusal(level, 1), Errc::insufficient_quota);
    }
  EXPECT_EQ(totals().settled, Nano{INT64_MAX});
  EXPECT_EQ(totals().requests, 9);
}

TEST_F(Rollups, nothingIsLostOrCountedTwiceOverRestarts) {
  std::int64_t total = 0;
  for (int run = 0; run < 4; ++run) {
    for (int i = 0; i < 30; ++i) {
      auto const cost = run * 100 + i + 1;
      use(kMidnight - (i % 10) * kDayMs + i * 700'000, cost, i % 2 ? "key_1" : "key_2");
      total += cost;
    }
    EXPECT_EQ(spent(month("org", "acme", 1)), total) << run;
    reopen();
    EXPECT_EQ(spent(month("org", "acme", 1)), total) << run;
    EXPECT_EQ(refusal(month("org", "acme", total), 1), Errc::insufficient_quota) << "the writer knows too";
    reopen();
  }
}

TEST_F(Rollups, anAlertGivenBeforeARestartIsNotGivenAgain) {
  auto level = month("org", "acme", 100);
  level.alerts_percent = {50};
  auto const ask = [&] {
    auto a = admission(60);
    a.budgets = {level};
    return admit(std::move(a));
  };
  ASSERT_TRUE(settle(settlement(ask().hold, 55)));
  reopen();
  auto a = admission(1);
  a.budgets = {level};
  ASSERT_EQ(admit(std::move(a)).kind, Admitted::Kind::admitted);
  AuditQuery alerts;
  alerts.equals = {{"kind", "budget.alert"}};
  EXPECT_EQ(records(alerts).size(), 1u);
}

}  // namespace
}  // namespace tsg::store
