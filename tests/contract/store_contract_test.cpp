// What every store does, whatever it is made of. A new one (PostgreSQL) adds a factory here.
#include <random>
#include <set>
#include <tuple>

#include "support/fake_store.hpp"
#include "tsg/audit/chain.hpp"
#include "unit/store/store_fixture.hpp"

namespace tsg::store {
namespace {

struct Fake {
  static std::unique_ptr<Store> open(std::filesystem::path const&) { return open_fake(fixed_clock); }
};
struct Sqlite {
  static std::unique_ptr<Store> open(std::filesystem::path const& dir) {
    return std::move(open_in(dir).value());
  }
};

// One store and its calls in plain words.
struct Subject {
  explicit Subject(std::unique_ptr<Store> s) : store{std::move(s)} {}
  Admitted admit(Admission a) { return test::run(store->admit(slot, std::move(a))).value(); }
  Result<> settle(Settlement s) { return test::run(store->settle(slot, std::move(s))); }
  Result<std::vector<std::int64_t>> change(Change c) { return test::run(store->change(std::move(c))); }
  std::vector<AuditRow> records(AuditQuery q) { return page(std::move(q)).rows; }
  AuditPage page(AuditQuery q) { return test::run(store->audit(std::move(q))).value(); }
  std::vector<UsageRow> usage(UsageQuery q) { return test::run(store->usage(std::move(q))).value(); }
  std::string budget_states(std::vector<BudgetRef> levels) {  // "settled/held …"
    std::string out;
    for (auto const& b : test::run(store->budgets(std::move(levels))).value())
      out += std::to_string(b.settled.v) + "/" + std::to_string(b.held.v) + " ";
    return out;
  }
  Totals totals() { return test::run(store->key_totals("key_1", WallTime{})).value(); }

  std::unique_ptr<Store> store;
  AuditSlot slot;
};

std::string outcome(Admitted const& a) {
  if (a.kind == Admitted::Kind::replay) return "replay of " + a.replay->request_id.text();
  if (a.kind == Admitted::Kind::admitted) return "admitted " + to_usd(a.hold.amount());
  std::string text{to_string(a.refusal->code())};
  auto const* d = a.refusal->peek();
  if (d && d->limit) text += " " + d->limit->scope + " used " + d->limit->used + " held " + d->limit->held;
  return text;
}

IdempotencyClaim claim(std::string key, std::uint8_t fingerprint) {
  IdempotencyClaim c;
  c.scope = "key_1 POST /v1/chat/completions";
  c.key = std::move(key);
  c.fingerprint.fill(fingerprint);
  c.expires_at_ms = kNowMs + 1000;
  return c;
}

StoredAnswer answer(std::uint8_t n) {
  StoredAnswer a;
  a.status = 200;
  a.content_type = "application/json";
  a.sealed_body = {1, 2, 3};
  a.request_id = request_id(n);
  return a;
}

template <class Made>
struct StoreContract : ::testing::Test {
  test::TempDir dir;
  Subject subject{Made::open(dir.path())};
};
using Stores = ::testing::Types<Fake, Sqlite>;
TYPED_TEST_SUITE(StoreContract, Stores);

TYPED_TEST(StoreContract, aRequestIsHeldThenSettledOnce) {
  auto& s = this->subject;
  auto const a = s.admit(admission(500));
  EXPECT_EQ(s.totals().held, Nano{500});
  ASSERT_TRUE(s.settle(settlement(a.hold, 300)));
  EXPECT_EQ(s.totals().held, Nano{});
  EXPECT_EQ(s.totals().settled, Nano{300});
  auto const again = s.settle(settlement(a.hold, 999));
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code(), Errc::conflict);
  EXPECT_EQ(s.totals().settled, Nano{300});
  EXPECT_EQ(s.records({}).size(), 2u) << "the genesis and one settlement";
}

// Two answers of six billion dollars are more than 64 bits hold: a sum that wrapped would be a credit.
TYPED_TEST(StoreContract, aBudgetThatIsFullStaysFullWhateverIsSettled) {
  auto& s = this->subject;
  constexpr std::int64_t six = 6'000'000'000'000'000'000;
  auto const level = budget("key", "key_1", 1000);
  std::vector<Hold> holds;
  for (std::uint8_t n = 1; n <= 4; ++n) {
    auto a = admission(10, n);
    a.budgets.push_back(level);
    holds.push_back(s.admit(std::move(a)).hold);
  }
  for (auto const& hold : holds) {
    ASSERT_TRUE(s.settle(settlement(hold, six)));
    auto next = admission(1, 9);
    next.budgets.push_back(level);
    EXPECT_EQ(s.admit(std::move(next)).kind, Admitted::Kind::refused);
  }
  EXPECT_EQ(s.totals().settled, Nano{INT64_MAX});
  EXPECT_EQ(s.budget_states({level}), "9223372036854775807/0 ");
  UsageQuery q;
  q.to_ms = kNowMs + 1'000'000;
  auto const rows = s.usage(q);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows.front().sum.cost, Nano{INT64_MAX});
  EXPECT_EQ(rows.front().sum.requests, 4);
}

TYPED_TEST(StoreContract, aHoldNobodyMadeCannotBeSettled) {
  EXPECT_FALSE(this->subject.settle(settlement(Hold::committed(4711, Nano{1}), 1)));
  EXPECT_EQ(this->subject.records({}).size(), 1u);
}

TYPED_TEST(StoreContract, theLevelWithoutRoomIsNamedAndNothingIsHeldOnTheOthers) {
  auto& s = this->subject;
  auto a = admission(60);
  a.budgets.push_back(budget("key", "key_1", 1000));
  a.budgets.push_back(budget("team", "acme.search", 50, "prod"));
  auto const refused = s.admit(std::move(a));
  ASSERT_EQ(refused.kind, Admitted::Kind::refused);
  auto const& facts = *refused.refusal->peek()->limit;
  EXPECT_EQ(facts.scope, "team");
  EXPECT_EQ(facts.scope_id, "acme.search");
  EXPECT_EQ(facts.limit, "0.00000005");
  EXPECT_FALSE(facts.resets_at.empty());
  EXPECT_EQ(s.totals().held, Nano{});
  EXPECT_FALSE(refused.hold);
}

TYPED_TEST(StoreContract, aLimitIsReachedExactlyAndNotPassedByOneNano) {
  auto& s = this->subject;
  for (auto const& [amount, expected] : {std::pair{40, true}, {60, true}, {1, false}}) {
    auto a = admission(amount);
    a.budgets.push_back(budget("org", "acme", 100));
    EXPECT_EQ(s.admit(std::move(a)).kind == Admitted::Kind::admitted, expected) << amount;
  }
}

TYPED_TEST(StoreContract, aSumThatDoesNotFitIsRefusedNotWrapped) {
  auto a = admission(INT64_MAX);
  a.budgets.push_back(budget("org", "acme", INT64_MAX));
  EXPECT_EQ(this->subject.admit(a).kind, Admitted::Kind::admitted);
  EXPECT_EQ(this->subject.admit(a).kind, Admitted::Kind::refused);
}

TYPED_TEST(StoreContract, oneClaimRunsOnceThenIsReplayed) {
  auto& s = this->subject;
  auto const ask = [](std::uint8_t n, std::uint8_t body) {
    auto a = admission(10, n);
    a.claim = claim("order-1", body);
    return a;
  };
  auto const first = s.admit(ask(1, 1));
  EXPECT_EQ(outcome(s.admit(ask(2, 1))), "idempotency_in_progress");
  EXPECT_EQ(outcome(s.admit(ask(3, 2))), "idempotency_key_reused");
  auto done = settlement(first.hold, 5);
  done.answer = answer(1);
  ASSERT_TRUE(s.settle(std::move(done)));
  auto const replay = s.admit(ask(4, 1));
  EXPECT_EQ(outcome(replay), "replay of " + request_id(1).text());
  EXPECT_EQ(replay.replay->sealed_body, (Bytes{1, 2, 3}));
  EXPECT_EQ(s.totals().requests, 1);
}

TYPED_TEST(StoreContract, aReplayIsGivenEvenWhenTheBudgetIsSpent) {
  auto& s = this->subject;
  auto a = admission(10, 1);
  a.claim = claim("order-1", 1);
  a.budgets.push_back(budget("key", "key_1", 10));
  auto const again = a;
  auto done = settlement(s.admit(std::move(a)).hold, 10);
  done.answer = answer(1);
  ASSERT_TRUE(s.settle(std::move(done)));
  EXPECT_EQ(s.admit(again).kind, Admitted::Kind::replay);
}

TYPED_TEST(StoreContract, aRefusedBudgetLeavesTheClaimFree) {
  auto& s = this->subject;
  auto a = admission(10, 1);
  a.claim = claim("order-1", 1);
  a.budgets.push_back(budget("key", "key_1", 5));
  EXPECT_EQ(s.admit(a).kind, Admitted::Kind::refused);
  a.budgets.front().limit = Nano{50};
  EXPECT_EQ(s.admit(a).kind, Admitted::Kind::admitted);
}

TYPED_TEST(StoreContract, anUnknownOutcomeIsReportedAndNotBoughtAgain) {
  auto& s = this->subject;
  auto a = admission(10, 1);
  a.claim = claim("order-1", 1);
  auto done = settlement(s.admit(a).hold, 5);
  done.indeterminate = true;
  ASSERT_TRUE(s.settle(std::move(done)));
  EXPECT_EQ(outcome(s.admit(a)), "idempotency_indeterminate");
}

TYPED_TEST(StoreContract, aRefusalDecidedBeforeGivesWayToAStoredAnswerOnly) {
  auto& s = this->subject;
  auto a = admission(10, 1);
  a.claim = claim("order-1", 1);
  auto unpriced = a;
  unpriced.refusal = Error{Errc::model_unpriced};
  EXPECT_EQ(outcome(s.admit(unpriced)), "model_unpriced");
  auto done = settlement(s.admit(a).hold, 5);
  done.answer = answer(1);
  ASSERT_TRUE(s.settle(std::move(done)));
  EXPECT_EQ(s.admit(unpriced).kind, Admitted::Kind::replay);
}

TYPED_TEST(StoreContract, aDearerTargetHoldsTheDifferenceOrNothing) {
  auto& s = this->subject;
  auto a = admission(40);
  a.budgets = {budget("org", "acme", 200), budget("key", "key_1", 100)};
  auto const levels = a.budgets;
  auto const first = s.admit(a).hold;
  auto const raise = [&](std::int64_t amount) {
    Raise r;
    r.hold_id = first.id();
    r.amount = Nano{amount};
    r.provider = "anthropic";
    r.model = "claude-opus-5-5";
    r.budgets = levels;
    return test::run(s.store->raise(s.slot, std::move(r)));
  };
  EXPECT_EQ(raise(30).value().amount(), Nano{40}) << "a cheaper one needs no more";
  auto const more = raise(100);
  ASSERT_TRUE(more);
  EXPECT_EQ(more->amount(), Nano{100});
  EXPECT_EQ(s.totals().held, Nano{100});
  auto const too_much = raise(101);
  ASSERT_FALSE(too_much);
  EXPECT_EQ(too_much.error().code(), Errc::insufficient_quota);
  EXPECT_EQ(too_much.error().peek()->limit->scope, "key");
  EXPECT_EQ(s.totals().held, Nano{100});
  ASSERT_TRUE(s.settle(settlement(*more, 70)));
  EXPECT_EQ(s.budget_states(levels), "70/0 70/0 ");
  EXPECT_FALSE(raise(150)) << "it is settled";
}

TYPED_TEST(StoreContract, theDearestHoldThatFitsIsTakenAndRoomIsToldWhereNoneDoes) {
  auto& s = this->subject;
  auto a = admission(90);
  a.cheaper_holds = {Nano{70}, Nano{40}};
  a.budgets = {budget("org", "acme", 200), budget("key", "key_1", 115)};
  EXPECT_EQ(outcome(s.admit(a)), "admitted 0.00000009");
  a.hold = Nano{30};
  a.cheaper_holds = {Nano{25}, Nano{10}};
  EXPECT_EQ(outcome(s.admit(a)), "admitted 0.000000025") << "25 of the 25 left";
  a.hold = Nano{9};
  a.cheaper_holds = {Nano{1}};
  auto const none = s.admit(a);
  EXPECT_EQ(outcome(none), "insufficient_quota key used 0 held 0.000000115");
  EXPECT_EQ(none.room, Nano{0});
  a.budgets = {budget("org", "acme", 200)};
  a.hold = Nano{900};
  a.cheaper_holds.clear();
  EXPECT_EQ(s.admit(a).room, Nano{85});
}

TYPED_TEST(StoreContract, anAlertIsRecordedOncePerWindowAndPercentage) {
  auto& s = this->subject;
  auto const ask = [&](std::int64_t amount, std::int64_t at_ms = kNowMs) {
    auto a = admission(amount);
    a.time = WallTime{at_ms * 1'000'000};
    auto level = budget("team", "acme.search", 100, "prod");
    if (at_ms >= level.window_end_ms) level.window_end_ms = (level.window_start_ms += 2000) + 2000;
    level.alerts_percent = {50, 80, 100};
    a.budgets = {level};
    return s.admit(std::move(a));
  };
  auto const percents = [&] {
    std::string out;
    AuditQuery alerts;
    alerts.equals = {{"kind", "budget.alert"}, {"org", "acme"}, {"team", "search"}, {"environment", "prod"}};
    for (auto const& row : s.records(alerts))
      out += std::to_string(nlohmann::json::parse(row.bytes)["after"]["percent"].template get<int>()) + ' ';
    return out;
  };
  auto const first = ask(49);
  EXPECT_EQ(percents(), "");
  auto const second = ask(1);
  EXPECT_EQ(percents(), "50 ");
  ASSERT_TRUE(s.settle(settlement(second.hold, 0)));
  ASSERT_EQ(ask(1).kind, Admitted::Kind::admitted);
  EXPECT_EQ(percents(), "50 ") << "it had gone under the mark in between";
  ASSERT_TRUE(s.settle(settlement(first.hold, 500)));  // more than was held
  EXPECT_EQ(percents(), "100 80 50 ") << "newest first";
  ASSERT_EQ(ask(60, kNowMs + 1500).kind, Admitted::Kind::admitted);
  EXPECT_EQ(percents(), "50 100 80 50 ") << "a new window";
}

TYPED_TEST(StoreContract, aBudgetWithoutRoomForARequestCountsAsUsedUpOnce) {
  auto& s = this->subject;
  auto const ask = [&](std::int64_t amount, std::vector<int> percents) {
    auto a = admission(amount);
    auto level = budget("team", "acme.search", 100, "prod");
    level.alerts_percent = std::move(percents);
    a.budgets = {level};
    return s.admit(std::move(a));
  };
  auto const alerts = [&] {
    AuditQuery query;
    query.equals = {{"kind", "budget.alert"}};
    return s.records(query);
  };
  ASSERT_EQ(ask(40, {50, 100}).kind, Admitted::Kind::admitted);
  EXPECT_EQ(ask(61, {50}).kind, Admitted::Kind::refused);
  EXPECT_TRUE(alerts().empty()) << "nobody asked to be told";
  EXPECT_EQ(ask(61, {50, 100}).kind, Admitted::Kind::refused);
  EXPECT_EQ(ask(61, {50, 100}).kind, Admitted::Kind::refused);
  ASSERT_EQ(alerts().size(), 1u);
  auto const after = nlohmann::json::parse(alerts().front().bytes)["after"];
  EXPECT_EQ(after["percent"], 100);
  EXPECT_EQ(after["held_usd"], to_usd(Nano{40}));
  EXPECT_EQ(after["refused_usd"], to_usd(Nano{61}));
  ASSERT_EQ(ask(60, {50, 100}).kind, Admitted::Kind::admitted);
  EXPECT_EQ(alerts().size(), 2u) << "50 is reached; 100 has been told";
}

TYPED_TEST(StoreContract, moreThanTheHoldIsRecordedInFull) {
  auto& s = this->subject;
  auto a = admission(10);
  a.budgets = {budget("key", "key_1", 100)};
  auto const levels = a.budgets;
  auto done = settlement(s.admit(a).hold, 250);
  done.events = {fields("budget_overrun")};
  ASSERT_TRUE(s.settle(std::move(done)));
  EXPECT_EQ(s.budget_states(levels), "250/0 ");
  EXPECT_EQ(nlohmann::json::parse(s.records({}).front().bytes)["detail"], "budget_overrun");
  EXPECT_EQ(outcome(s.admit(a)), "insufficient_quota key used 0.00000025 held 0");
}

TYPED_TEST(StoreContract, usageIsSummedByWhatIsAskedFor) {
  auto& s = this->subject;
  constexpr std::int64_t day = 86'400'000;
  auto const midnight = kNowMs - kNowMs % day;
  auto const use = [&](std::string key, std::string team, std::int64_t at_ms, std::int64_t cost,
                       bool estimated) {
    auto a = admission(cost);
    a.key_id = std::move(key);
    a.team = std::move(team);
    a.time = WallTime{at_ms * 1'000'000};
    auto done = settlement(s.admit(std::move(a)).hold, cost);
    done.estimated = estimated;
    ASSERT_TRUE(s.settle(std::move(done)));
  };
  use("key_1", "search", midnight - 1, 1, false);
  use("key_1", "search", midnight, 10, false);
  use("key_2", "search", midnight + 1, 100, true);
  use("key_3", "web", midnight + day, 1000, false);
  ASSERT_EQ(s.admit(admission(10'000)).kind, Admitted::Kind::admitted);  // open: not usage yet
  auto const ask = [&](std::int64_t from, std::int64_t to, std::string columns, std::string team = {}) {
    UsageQuery q;
    q.from_ms = from;
    q.to_ms = to;
    q.group.day = columns.find('d') != columns.npos;
    q.group.key = columns.find('k') != columns.npos;
    q.group.team = columns.find('t') != columns.npos;
    q.team = std::move(team);
    std::string out;
    for (auto const& r : s.usage(q))
      out += (q.group.day ? std::to_string((r.day_ms - midnight) / day) + ":" : "") + r.team + r.key_id +
             "=" + std::to_string(r.sum.requests) + "/" + std::to_string(r.sum.cost.v) + "/" +
             std::to_string(r.sum.estimated.v) + " ";
    return out;
  };
  EXPECT_EQ(ask(0, INT64_MAX, ""), "=4/1111/100 ");
  EXPECT_EQ(ask(0, INT64_MAX, "t"), "search=3/111/100 web=1/1000/0 ");
  EXPECT_EQ(ask(0, INT64_MAX, "dk"), "-1:key_1=1/1/0 0:key_1=1/10/0 0:key_2=1/100/100 1:key_3=1/1000/0 ");
  EXPECT_EQ(ask(midnight, midnight + 1, ""), "=1/10/0 ") << "from inclusive, to exclusive";
  EXPECT_EQ(ask(midnight - 1, midnight + day, "k"), "key_1=2/11/0 key_2=1/100/100 ");
  EXPECT_EQ(ask(0, INT64_MAX, "k", "web"), "key_3=1/1000/0 ");
  EXPECT_EQ(ask(5, 5, ""), "");
}

TYPED_TEST(StoreContract, whatHasNoPriceIsCountedBesideTheMoney) {
  auto& s = this->subject;
  for (bool const priced : {true, false})
    for (bool const estimated : {true, false}) {
      auto done = settlement(s.admit(admission(100)).hold, 40);
      done.estimated = estimated;
      if (!priced) done.cost.reset();
      ASSERT_TRUE(s.settle(std::move(done)));
    }
  UsageQuery all;
  all.to_ms = INT64_MAX;
  auto const sum = s.usage(all).at(0).sum;
  EXPECT_EQ(sum.requests, 4);
  EXPECT_EQ(sum.cost, Nano{80});
  EXPECT_EQ(sum.estimated, Nano{40});
  EXPECT_EQ(sum.estimated_requests, 2) << "one of them without an amount";
  EXPECT_EQ(sum.unpriced_requests, 2);
}

TYPED_TEST(StoreContract, aRowKeepsTheMarkupItBeganWith) {
  auto& s = this->subject;
  auto a = admission(100);
  a.markup_micro = 50'000;
  ASSERT_TRUE(s.settle(settlement(s.admit(std::move(a)).hold, 40)));
  LedgerQuery all;
  all.to_ms = INT64_MAX;
  auto const page = test::run(s.store->ledger(all)).value();
  ASSERT_EQ(page.rows.size(), 1u);
  EXPECT_EQ(page.rows[0].markup_micro, 50'000);
  EXPECT_EQ(page.rows[0].cost, 40) << "never part of it";
}

TYPED_TEST(StoreContract, theLedgerIsPagedByIdAndEveryRowComesOnce) {
  auto& s = this->subject;
  for (int i = 0; i < 7; ++i) ASSERT_TRUE(s.settle(settlement(s.admit(admission(i)).hold, i)));
  auto released = settlement(s.admit(admission(50)).hold, 0);
  released.release = true;
  ASSERT_TRUE(s.settle(std::move(released)));
  LedgerQuery q;
  q.to_ms = INT64_MAX;
  q.limit = 3;
  std::string costs;
  for (int pages = 0; pages < 10; ++pages) {
    auto const page = test::run(s.store->ledger(q)).value();
    for (auto const& row : page.rows) costs += std::to_string(row.cost) + (row.priced ? " " : "? ");
    if (page.next_after == 0) break;
    q.after_id = page.next_after;
  }
  EXPECT_EQ(costs, "0 1 2 3 4 5 6 ");
  q.after_id = 0;
  q.org = "globex";
  EXPECT_TRUE(test::run(s.store->ledger(q)).value().rows.empty());
}

TYPED_TEST(StoreContract, documentsAreWrittenByVersionAllOrNone) {
  auto& s = this->subject;
  auto const write = [](std::string id, std::int64_t version, std::string json) {
    Document d;
    d.kind = "org";
    d.id = std::move(id);
    d.version = version;
    d.json = std::move(json);
    d.changed_at = fixed_clock.wall();
    return d;
  };
  Change both;
  both.writes = {write("acme", 0, "{}"), write("globex", 0, "{}")};
  both.records = {fields("made")};
  EXPECT_EQ(s.change(both).value(), (std::vector<std::int64_t>{1, 1}));
  Change stale;
  stale.writes = {write("acme", 1, R"({"name":"Acme"})"), write("globex", 7, "{}")};
  stale.records = {fields("never")};
  auto const refused = s.change(stale);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::conflict);
  auto const now = test::run(s.store->documents("org")).value();
  ASSERT_EQ(now.size(), 2u);
  EXPECT_EQ(now[0].json, "{}");
  EXPECT_EQ(s.records({}).size(), 2u);
  auto const first = test::run(s.store->documents("org", "", 1)).value();
  auto const second = test::run(s.store->documents("org", "acme", 1)).value();
  ASSERT_TRUE(first.size() == 1 && second.size() == 1);
  EXPECT_EQ(first[0].id + second[0].id, "acmeglobex");
  EXPECT_TRUE(test::run(s.store->documents("org", "globex", 1)).value().empty());
}

TYPED_TEST(StoreContract, everyVersionOfADocumentStaysReadable) {
  auto& s = this->subject;
  std::int64_t there = 0;
  for (std::string const json : {R"({"n":1})", R"({"n":2})", "", R"({"n":4})"}) {
    Change change;
    auto& d = change.writes.emplace_back();
    d.kind = "policy";
    d.id = "org/acme";
    d.version = there;
    d.deleted = json.empty();
    d.json = json.empty() ? "{}" : json;
    d.changed_at = fixed_clock.wall();
    auto const made = s.change(change).value().front();
    there = json.empty() ? 0 : made;
  }
  auto const versions = [&](std::string id, std::int64_t before, std::size_t limit) {
    std::string out;
    for (auto const& d : test::run(s.store->versions("policy", std::move(id), before, limit)).value())
      out += std::to_string(d.version) + (d.deleted ? "-" : d.json) + " ";
    return out;
  };
  EXPECT_EQ(versions("org/acme", INT64_MAX, 10), R"(4{"n":4} 3- 2{"n":2} 1{"n":1} )");
  EXPECT_EQ(versions("org/acme", 3, 1), R"(2{"n":2} )") << "a page, and one version by its number";
  EXPECT_EQ(versions("org/globex", INT64_MAX, 10), "");
}

TYPED_TEST(StoreContract, theLastUseOfAKeyIsTheLatestThatWasNoted) {
  auto& store = *this->subject.store;
  auto const at = [](std::int64_t minute) { return WallTime{minute * 60'000'000'000}; };
  ASSERT_TRUE(test::run(store.note_used({{"key_b", at(7)}, {"key_a", at(3)}})));
  ASSERT_TRUE(test::run(store.note_used({{"key_b", at(5)}, {"key_a", at(4)}})));
  std::string out;
  for (auto const& use : test::run(store.key_uses()).value())
    out += use.key_id + "@" + std::to_string(use.at.ns / at(1).ns) + " ";
  EXPECT_EQ(out, "key_a@4 key_b@7 ") << "by id, and never set back";
}

TYPED_TEST(StoreContract, recordsComeNewestFirstAndPageBySeq) {
  auto& s = this->subject;
  for (int i = 1; i <= 5; ++i) ASSERT_TRUE(test::run(s.store->append(fields("r" + std::to_string(i)))));
  AuditQuery page;
  page.limit = 2;
  page.before_seq = 4;
  auto const rows = s.records(page);
  ASSERT_EQ(rows.size(), 2u);
  EXPECT_EQ(rows[0].seq, 3);
  EXPECT_EQ(rows[1].seq, 2);
  AuditQuery one;
  one.equals.emplace_back("detail", "r5");
  EXPECT_EQ(s.records(one).at(0).seq, 5);
}

std::string seqs(AuditPage const& page) {  // "3 2, on from 2" or "3 2, the end"
  std::string out;
  for (auto const& row : page.rows) out += std::to_string(row.seq) + " ";
  return out + (page.next_before ? "on from " + std::to_string(*page.next_before) : "the end");
}

// Nobody takes a look that was cut short for the end of the log.
TYPED_TEST(StoreContract, aLookThroughTheLogSaysHowFarItCameUntilItIsThrough) {
  auto& s = this->subject;
  auto const oldest = s.page({}).rows.size();  // a genesis, in some
  for (int i = 1; i <= 6; ++i) ASSERT_TRUE(test::run(s.store->append(fields(i == 1 ? "rare" : "common"))));
  AuditQuery rare;
  rare.equals.emplace_back("detail", "rare");
  auto const whole = s.page(rare);
  ASSERT_EQ(whole.rows.size(), 1u);
  EXPECT_FALSE(whole.next_before);
  EXPECT_EQ(whole.rows[0].time, fixed_clock.wall());

  rare.look_at = 2;
  std::size_t looks = 0, found = 0;
  for (;; ++looks) {
    auto const page = s.page(rare);
    found += page.rows.size();
    ASSERT_TRUE(page.scanned_to);
    EXPECT_EQ(*page.scanned_to, fixed_clock.wall());
    if (!page.next_before) break;
    ASSERT_LT(*page.next_before, rare.before_seq);
    rare.before_seq = *page.next_before;
  }
  EXPECT_EQ(found, 1u);
  EXPECT_EQ(looks + 1, (6 + oldest + 1) / 2);
}

TYPED_TEST(StoreContract, aLookWithoutTimeStillGoesOneRecordFurther) {
  auto& s = this->subject;
  for (int i = 0; i < 4; ++i) ASSERT_TRUE(test::run(s.store->append(fields("r"))));
  AuditQuery q;
  q.within = std::chrono::milliseconds{0};
  std::vector<std::int64_t> seen;
  for (;;) {
    auto const page = s.page(q);
    ASSERT_LE(page.rows.size(), 1u);
    for (auto const& row : page.rows) seen.push_back(row.seq);
    if (!page.next_before) break;
    q.before_seq = *page.next_before;
  }
  EXPECT_EQ(seen.size(), s.records({}).size());
  EXPECT_TRUE(std::is_sorted(seen.rbegin(), seen.rend()));
}

TYPED_TEST(StoreContract, aFullPageAtTheEndOfTheLogHasNothingBehindIt) {
  auto& s = this->subject;
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(test::run(s.store->append(fields("r"))));
  AuditQuery q;
  q.limit = s.records({}).size();
  EXPECT_FALSE(s.page(q).next_before) << seqs(s.page(q));
  --q.limit;
  EXPECT_EQ(*s.page(q).next_before, 1) << seqs(s.page(q));
}

// Text that holds what is looked for, in another member or further in, is no match.
TYPED_TEST(StoreContract, aFilterMeansTheMemberAndItsWholeValue) {
  auto& s = this->subject;
  audit::Record r;
  r.time = fixed_clock.wall();
  r.org = "acme";
  r.status = 429;
  r.detail = R"("verdict":"deny")";
  r.after_json = R"({"verdict":"deny","status":200})";
  std::string text;
  audit::append_fields(text, r);
  ASSERT_TRUE(test::run(s.store->append(text)));
  auto const found = [&](std::string name, std::string value) {
    AuditQuery q;
    q.equals.emplace_back(std::move(name), std::move(value));
    return s.records(q).size();
  };
  EXPECT_EQ(found("org", "acme"), 1u);
  EXPECT_EQ(found("org", "acm"), 0u);
  EXPECT_EQ(found("status", "429"), 1u);
  EXPECT_EQ(found("status", "42"), 0u);
  EXPECT_EQ(found("status", "200"), 0u);
  EXPECT_EQ(found("verdict", "deny"), 0u);
  EXPECT_EQ(found("detail", R"("verdict":"deny")"), 1u) << "quotes are escaped in the record";
}

// Half a sum would be taken for the whole.
TYPED_TEST(StoreContract, aReportThatTakesTooLongIsRefused) {
  auto& s = this->subject;
  auto const a = s.admit(admission(500));
  ASSERT_TRUE(s.settle(settlement(a.hold, 300)));
  UsageQuery q;
  q.to_ms = kNowMs + 1;
  EXPECT_EQ(s.usage(q).size(), 1u);
  q.within = std::chrono::milliseconds{0};
  auto const refused = test::run(s.store->usage(q));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), Errc::overloaded);
}

TYPED_TEST(StoreContract, theChainIsTheSameEverywhere) {
  auto& s = this->subject;
  ASSERT_TRUE(test::run(s.store->append(fields("one"))));
  auto rows = s.records({});
  audit::ChainHead head;
  for (auto row = rows.rbegin(); row != rows.rend(); ++row) {
    EXPECT_EQ(audit::next_chain(head.chain, row->bytes), row->hash);
    head.chain = row->hash;
  }
}

// The fake computes every answer from its rows, SQLite keeps counters: they must never disagree.
TEST(Stores, agreeOnAThousandRandomSteps) {
  test::TempDir dir;
  Subject fake{Fake::open({})}, real{Sqlite::open(dir.path())};
  std::mt19937 random{20261124};  // NOLINT: the same steps on every run
  auto const pick = [&](int n) { return static_cast<int>(random() % static_cast<unsigned>(n)); };
  std::vector<std::pair<Hold, Hold>> open;
  std::set<std::string> met;
  for (int step = 0; step < 1000; ++step) {
    if (!open.empty() && pick(2) == 0) {
      auto const at = open.begin() + pick(static_cast<int>(open.size()));
      auto const cost = pick(40);
      bool const keep = pick(2) == 0, release = pick(4) == 0, unknown = pick(4) == 0, guessed = pick(3) == 0;
      bool const unpriced = pick(8) == 0;
      if (pick(4) == 0) {
        Raise r;
        r.amount = Nano{pick(60)};
        r.provider = r.model = "other";
        r.budgets = {budget("org", "acme", 3500)};
        r.hold_id = at->first.id();
        auto const one = test::run(fake.store->raise(fake.slot, r));
        r.hold_id = at->second.id();
        auto const two = test::run(real.store->raise(real.slot, r));
        ASSERT_EQ(one.has_value(), two.has_value()) << step;
        met.insert(one ? "raised" : "not raised");
      }
      for (auto& [subject, hold] : {std::pair{&fake, at->first}, {&real, at->second}}) {
        auto s = settlement(hold, cost);
        s.release = release;
        s.estimated = guessed;
        if (unpriced) s.cost.reset();
        s.indeterminate = unknown;
        if (keep && !release) s.answer = answer(static_cast<std::uint8_t>(step));
        ASSERT_TRUE(subject->settle(std::move(s))) << step;
      }
      open.erase(at);
    } else {
      auto a = admission(pick(30), static_cast<std::uint8_t>(step));
      a.key_id = pick(2) ? "key_1" : "key_2";
      a.environment = pick(2) ? "prod" : "dev";
      a.time = WallTime{(kNowMs + (pick(8) == 0 ? 1500 : 0)) * 1'000'000};  // some in the next window
      if (pick(3) == 0) a.cheaper_holds = {Nano{a.hold->v / 2}, Nano{a.hold->v / 4}};
      if (pick(3) == 0) a.claim = claim("k" + std::to_string(pick(40)), static_cast<std::uint8_t>(pick(2)));
      if (pick(3) != 0) a.budgets.push_back(budget("key", a.key_id, 2000));
      if (pick(3) != 0) a.budgets.push_back(budget("team", "acme.search", 1500, a.environment));
      if (pick(3) != 0) a.budgets.push_back(budget("org", "acme", 3500));
      for (auto& b : a.budgets) {
        b.alerts_percent = {50, 80, 100};
        if (a.time.ms() < b.window_end_ms) continue;
        b.window_start_ms += 2000;
        b.window_end_ms += 2000;
      }
      auto const one = fake.admit(a), two = real.admit(a);
      ASSERT_EQ(outcome(one), outcome(two)) << step;
      ASSERT_EQ(one.room, two.room) << step;
      met.insert(outcome(one).substr(0, outcome(one).find(' ')));
      if (one.kind == Admitted::Kind::admitted) open.emplace_back(one.hold, two.hold);
    }
    auto const f = fake.totals(), r = real.totals();
    ASSERT_EQ(std::tuple(f.requests, f.settled, f.held, f.input_tokens),
              std::tuple(r.requests, r.settled, r.held, r.input_tokens))
        << step;
    if (step % 50 != 0) continue;
    UsageQuery all;
    all.to_ms = INT64_MAX;
    all.group.key = all.group.environment = all.group.day = all.group.model = true;
    ASSERT_EQ(fake.usage(all), real.usage(all)) << step;
    std::vector<BudgetRef> const levels{budget("key", "key_1", 1), budget("team", "acme.search", 1, "dev"),
                                        budget("org", "acme", 1)};
    ASSERT_EQ(fake.budget_states(levels), real.budget_states(levels)) << step;
    AuditQuery alerts;
    alerts.limit = 1000;
    alerts.equals = {{"kind", "budget.alert"}};
    ASSERT_EQ(fake.records(alerts).size(), real.records(alerts).size()) << step;
  }
  // A walk that met only the easy cases proves nothing.
  EXPECT_EQ(met, (std::set<std::string>{"admitted", "idempotency_in_progress", "idempotency_indeterminate",
                                        "idempotency_key_reused", "insufficient_quota", "not raised",
                                        "raised", "replay"}));
}

}  // namespace
}  // namespace tsg::store
