// The life of a request in the books: admitted, settled or given back, once.
#include <boost/asio/co_spawn.hpp>

#include "store_fixture.hpp"

namespace tsg::store {
namespace {

struct Requests : StoreTest {};

TEST_F(Requests, anAdmittedRequestIsHeldThenSettledAndLeavesOneRecord) {
  auto const a = admit(admission(500));
  ASSERT_EQ(a.kind, Admitted::Kind::admitted);
  EXPECT_EQ(a.hold.amount(), Nano{500});
  EXPECT_EQ(totals().held, Nano{500});
  ASSERT_TRUE(settle(settlement(a.hold, 300)));
  auto const t = totals();
  EXPECT_EQ(t.held, Nano{});
  EXPECT_EQ(t.settled, Nano{300});
  EXPECT_EQ(t.requests, 1);
  EXPECT_EQ(t.input_tokens, 10);
  EXPECT_EQ(t.output_tokens, 5);
  auto const log = records();
  ASSERT_EQ(log.size(), 2u);  // after log.genesis
  EXPECT_EQ(detail(log[0]), "done");
}

TEST_F(Requests, aSecondSettlementIsRefusedAndWritesNothing) {
  auto const a = admit(admission(500));
  ASSERT_TRUE(settle(settlement(a.hold, 300)));
  auto const again = settle(settlement(a.hold, 999));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), Errc::conflict);
  EXPECT_EQ(totals().settled, Nano{300});
  EXPECT_EQ(records().size(), 2u);
}

TEST_F(Requests, aReleasedHoldCostsNothingButIsRecorded) {
  auto const a = admit(admission(500));
  auto s = settlement(a.hold, 300, "given back");
  s.release = true;
  ASSERT_TRUE(settle(std::move(s)));
  EXPECT_EQ(totals().held, Nano{});
  EXPECT_EQ(totals().settled, Nano{});
  EXPECT_EQ(detail(records()[0]), "given back");
}

TEST_F(Requests, anUnpricedRequestHasNoCost) {
  auto a = admission(0);
  a.hold.reset();
  auto const admitted = admit(std::move(a));
  auto s = settlement(admitted.hold, 0);
  s.cost.reset();
  ASSERT_TRUE(settle(std::move(s)));
  EXPECT_EQ(totals().requests, 1);
  EXPECT_EQ(totals().settled, Nano{});
}

TEST_F(Requests, everyLevelOfABudgetHasRoomOrNothingIsHeld) {
  auto const levels = [](std::int64_t org_limit) {
    auto a = admission(100);
    a.budgets = {budget("key", "key_1", 1000), budget("team", "acme.search", 1000, "prod"),
                 budget("org", "acme", org_limit)};
    return a;
  };
  auto const refused = admit(levels(99));
  ASSERT_EQ(refused.kind, Admitted::Kind::refused);
  EXPECT_EQ(refused.refusal->code(), Errc::insufficient_quota);
  auto const& facts = *refused.refusal->peek()->limit;
  EXPECT_EQ(facts.scope, "org");
  EXPECT_EQ(facts.scope_id, "acme");
  EXPECT_EQ(facts.limit, "0.000000099");
  EXPECT_EQ(facts.held, "0");
  EXPECT_EQ(totals().held, Nano{});
  EXPECT_EQ(admit(levels(100)).kind, Admitted::Kind::admitted);
  EXPECT_EQ(admit(levels(199)).kind, Admitted::Kind::refused);
  EXPECT_EQ(totals().held, Nano{100});
}

TEST_F(Requests, settlingFreesWhatWasHeldTooMuch) {
  auto const one = [&](std::int64_t hold) {
    auto a = admission(hold);
    a.budgets = {budget("key", "key_1", 100)};
    return admit(std::move(a));
  };
  auto const first = one(100);
  EXPECT_EQ(one(1).kind, Admitted::Kind::refused);
  ASSERT_TRUE(settle(settlement(first.hold, 40)));
  EXPECT_EQ(one(61).kind, Admitted::Kind::refused);
  EXPECT_EQ(one(60).kind, Admitted::Kind::admitted);
}

TEST_F(Requests, aNewWindowBeginsAtZeroAndTheOldOneKeepsItsSum) {
  auto const in_window = [&](std::int64_t shift_ms) {
    auto a = admission(100);
    a.time = WallTime{(kNowMs + shift_ms) * 1'000'000};
    auto b = budget("key", "key_1", 100);
    b.window_start_ms += shift_ms;
    b.window_end_ms += shift_ms;
    a.budgets = {b};
    return admit(std::move(a));
  };
  EXPECT_EQ(in_window(0).kind, Admitted::Kind::admitted);
  EXPECT_EQ(in_window(2000).kind, Admitted::Kind::admitted);
  EXPECT_EQ(in_window(2000).kind, Admitted::Kind::refused);
  EXPECT_EQ(in_window(0).kind, Admitted::Kind::refused);
}

TEST_F(Requests, aBudgetCountsWhatWasSpentBeforeItWasSet) {
  ASSERT_TRUE(settle(settlement(admit(admission(80)).hold, 70)));
  auto a = admission(31);
  a.budgets = {budget("org", "acme", 100)};
  EXPECT_EQ(admit(a).kind, Admitted::Kind::refused);
  a.hold = Nano{30};
  EXPECT_EQ(admit(a).kind, Admitted::Kind::admitted);
}

Awaitable<> admit_one(Store& store, int& admitted, std::uint8_t n) {
  AuditSlot const slot;
  auto a = admission(10, n);
  a.budgets = {budget("key", "key_1", 505), budget("org", "acme", 10'000)};
  auto const result = co_await store.admit(slot, std::move(a));
  if (result && result->kind == Admitted::Kind::admitted) ++admitted;
}

TEST_F(Requests, aHundredAtOnceNeverHoldMoreThanTheLimit) {
  boost::asio::io_context io;
  int admitted = 0;
  for (int i = 0; i < 100; ++i)
    boost::asio::co_spawn(io, admit_one(*store, admitted, static_cast<std::uint8_t>(i)),
                          [](std::exception_ptr e) { EXPECT_EQ(e, nullptr); });
  io.run();
  EXPECT_EQ(admitted, 50);
  EXPECT_EQ(totals().held, Nano{500});
  store.reset();  // before the io_context: the writer may still be posting to it
}

TEST_F(Requests, slotsRunOutAndComeBack) {
  std::vector<AuditSlot> taken;
  while (auto one = store->try_reserve()) taken.push_back(std::move(*one));
  EXPECT_EQ(taken.size(), 200u);
  EXPECT_FALSE(store->try_reserve());
  taken.pop_back();
  EXPECT_TRUE(store->try_reserve());
}

}  // namespace
}  // namespace tsg::store
