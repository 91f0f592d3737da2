// Idempotency claims, and the documents of the control plane.
#include "store/shares.hpp"
#include "store_fixture.hpp"

namespace tsg::store {
namespace {

Admission claiming(std::uint8_t fingerprint, std::uint8_t n, std::int64_t at_ms = kNowMs) {
  auto a = admission(10, n);
  a.time = WallTime{at_ms * 1'000'000};
  IdempotencyClaim c;
  c.scope = "key_1 POST /v1/chat/completions";
  c.key = "order-1";
  c.fingerprint.fill(fingerprint);
  c.expires_at_ms = at_ms + 1000;
  a.claim = std::move(c);
  return a;
}

Settlement answered(Hold const& hold, std::uint8_t n, Bytes body) {
  auto s = settlement(hold, 5);
  StoredAnswer answer;
  answer.status = 200;
  answer.content_type = "application/json";
  answer.sealed_body = std::move(body);
  answer.request_id = request_id(n);
  s.answer = std::move(answer);
  return s;
}

struct Claims : StoreTest {
  Errc refusal(Admission a) {
    auto const r = admit(std::move(a));
    return r.kind == Admitted::Kind::refused ? r.refusal->code() : Errc::internal;
  }
};

TEST_F(Claims, theSecondWaitsOrIsReplayedAndAnotherBodyIsRefused) {
  auto const first = admit(claiming(1, 1));
  ASSERT_EQ(first.kind, Admitted::Kind::admitted);
  EXPECT_EQ(refusal(claiming(1, 2)), Errc::idempotency_in_progress);
  EXPECT_EQ(refusal(claiming(2, 3)), Errc::idempotency_key_reused);
  ASSERT_TRUE(settle(answered(first.hold, 1, {1, 2, 3})));
  EXPECT_EQ(refusal(claiming(2, 3)), Errc::idempotency_key_reused);
  auto const replay = admit(claiming(1, 4));
  ASSERT_EQ(replay.kind, Admitted::Kind::replay);
  EXPECT_EQ(replay.replay->status, 200);
  EXPECT_EQ(replay.replay->content_type, "application/json");
  EXPECT_EQ(replay.replay->sealed_body, (Bytes{1, 2, 3}));
  EXPECT_EQ(replay.replay->request_id, request_id(1));
  EXPECT_FALSE(replay.hold);
  EXPECT_EQ(totals().requests, 1);
}

TEST_F(Claims, anAnswerThatWasNotKeptCannotBeReplayed) {
  ASSERT_TRUE(settle(answered(admit(claiming(1, 1)).hold, 1, {})));
  EXPECT_EQ(refusal(claiming(1, 2)), Errc::idempotency_response_too_large);
}

TEST_F(Claims, aRequestWithoutAnAnswerToKeepFreesItsClaim) {
  ASSERT_TRUE(settle(settlement(admit(claiming(1, 1)).hold, 5)));
  EXPECT_EQ(admit(claiming(2, 2)).kind, Admitted::Kind::admitted);
}

TEST_F(Claims, anExpiredClaimIsAsIfItHadNeverBeen) {
  ASSERT_TRUE(settle(answered(admit(claiming(1, 1)).hold, 1, {1})));
  EXPECT_EQ(admit(claiming(2, 2, kNowMs + 1000)).kind, Admitted::Kind::admitted);
}

TEST_F(Claims, aLateSettlementDoesNotTouchTheClaimOfItsSuccessor) {
  auto const slow = admit(claiming(1, 1));
  auto const next = admit(claiming(2, 2, kNowMs + 1000));
  ASSERT_EQ(next.kind, Admitted::Kind::admitted);
  ASSERT_TRUE(settle(answered(slow.hold, 1, {1})));
  EXPECT_EQ(refusal(claiming(2, 3, kNowMs + 1000)), Errc::idempotency_in_progress);
  ASSERT_TRUE(settle(answered(next.hold, 2, {2})));
  EXPECT_EQ(admit(claiming(2, 4, kNowMs + 1000)).replay->sealed_body, Bytes{2});
}

TEST_F(Claims, aClaimOutlivesTheProcess) {
  ASSERT_TRUE(settle(answered(admit(claiming(1, 1)).hold, 1, {9})));
  reopen();
  EXPECT_EQ(admit(claiming(1, 2)).replay->sealed_body, Bytes{9});
}

// An organisation that stores much took the place of all others' answers.
struct AnswerShares : StoreTest {
  AnswerShares() { open_with(kMost); }
  void open_with(std::int64_t most) {
    store.reset();
    SqliteOptions o;
    o.data_dir = dir.path();
    o.durable = false;
    o.answer_bytes = most;
    store = std::move(*open_sqlite(o, master_key(), fixed_clock));
  }
  Admission claiming_for(std::string org, int n) {
    auto a = claiming(1, 1);
    a.org = std::move(org);
    a.claim->scope = a.org + " POST /";
    a.claim->key = "order-" + std::to_string(n);
    a.claim->expires_at_ms = kNowMs + 1'000'000;
    return a;
  }
  void keep(std::string org, int n, std::size_t bytes) {
    auto const made = admit(claiming_for(std::move(org), n));
    ASSERT_EQ(made.kind, Admitted::Kind::admitted);
    ASSERT_TRUE(settle(answered(made.hold, 1, Bytes(bytes, 7))));
  }
  // Which of an organisation's first `most` are still kept.
  std::string kept(std::string const& org, int most) {
    std::string out;
    for (int n = 0; n < most; ++n) {
      auto const r = admit(claiming_for(org, n));
      if (r.kind == Admitted::Kind::replay)
        out += std::to_string(n) + " ";
      else
        EXPECT_EQ(r.refusal->code(), Errc::idempotency_response_too_large) << "nothing is bought again";
    }
    return out;
  }
  static constexpr std::int64_t kMost = 100'000;
};

TEST_F(AnswerShares, whoHasMostGivesWayItsOldestFirst) {
  keep("small", 0, 20'000);
  for (int n = 0; n < 12; ++n) keep("large", n, 10'000);
  EXPECT_EQ(kept("small", 1), "0 ");
  EXPECT_EQ(kept("large", 12), "4 5 6 7 8 9 10 11 ") << "what the others leave free, the newest";
  for (int n = 1; n < 4; ++n) keep("small", n, 10'000);
  EXPECT_EQ(kept("small", 4), "0 1 2 3 ") << "up to its equal part nobody refuses it";
  EXPECT_EQ(kept("large", 12), "7 8 9 10 11 ");
  EXPECT_LE(store->kept_answers().bytes, kMost);
  EXPECT_EQ(store->kept_answers().given_up, 7);
  keep("small", 4, 10'000);
  EXPECT_EQ(kept("small", 5), "1 2 3 4 ") << "and beyond it, its own";
}

TEST_F(AnswerShares, theyAreKnownAfterARestart) {
  for (int n = 0; n < 9; ++n) keep("large", n, 10'000);
  open_with(kMost);
  EXPECT_EQ(store->kept_answers().bytes, 90'000);
  keep("small", 0, 30'000);
  EXPECT_EQ(kept("small", 1), "0 ");
  EXPECT_EQ(kept("large", 9), "2 3 4 5 6 7 8 ");
}

TEST_F(AnswerShares, anAnswerOfMoreThanItsPartIsNotKept) {
  for (int org = 0; org < 10; ++org) keep("org-" + std::to_string(org), 0, 10'000);
  keep("greedy", 0, 50'000);
  EXPECT_EQ(kept("greedy", 1), "");
  for (int org = 0; org < 10; ++org) EXPECT_EQ(kept("org-" + std::to_string(org), 1), "0 ");
}

TEST(Shares, theFullestIsTheOneThatWouldHaveMost) {
  Shares shares;
  EXPECT_FALSE(shares.fullest("a", 5).second) << "nobody has any";
  shares.add("a", 10);
  shares.add("b", 30);
  EXPECT_EQ(shares.fullest("a", 10).first, "b");
  EXPECT_EQ(shares.fullest("a", 20).first, "a") << "its own go first";
  shares.add("b", -30);
  EXPECT_EQ(shares.of("b"), 0);
  EXPECT_EQ(shares.fullest("c", 1).first, "a");
  EXPECT_EQ(shares.total(), 10);
}

struct Documents : StoreTest {
  Result<std::vector<std::int64_t>> write(std::string id, std::int64_t version, std::string json,
                                          bool deleted = false) {
    Document d;
    d.kind = "org";
    d.id = std::move(id);
    d.version = version;
    d.json = std::move(json);
    d.deleted = deleted;
    d.changed_at = fixed_clock.wall();
    Change c;
    c.writes.push_back(std::move(d));
    c.records.push_back(fields("changed"));
    return test::run(store->change(std::move(c)));
  }
  std::vector<Document> all() { return test::run(store->documents("org")).value(); }
};

TEST_F(Documents, versionsCountUpAndAStaleWriterIsTurnedAway) {
  EXPECT_EQ(write("acme", 0, "{}").value(), std::vector<std::int64_t>{1});
  EXPECT_EQ(write("acme", 1, "{\"a\":1}").value(), std::vector<std::int64_t>{2});
  auto const stale = write("acme", 1, "{\"a\":2}");
  ASSERT_FALSE(stale);
  EXPECT_EQ(stale.error().code(), Errc::conflict);
  ASSERT_EQ(all().size(), 1u);
  EXPECT_EQ(all()[0].json, "{\"a\":1}");
  EXPECT_EQ(records().size(), 3u);  // genesis and two changes: the refused one left nothing
}

TEST_F(Documents, aDeletedIdMayComeBackWithAHigherVersion) {
  ASSERT_TRUE(write("acme", 0, "{}"));
  ASSERT_TRUE(write("acme", 1, "{}", true));
  EXPECT_TRUE(all().empty());
  EXPECT_EQ(write("acme", 0, "{\"b\":1}").value(), std::vector<std::int64_t>{3});
}

TEST_F(Documents, allWritesOfAChangeOrNone) {
  ASSERT_TRUE(write("acme", 0, "{}"));
  Change c;
  for (auto const* id : {"beta", "acme"}) {  // acme exists: version 0 does not fit
    Document d;
    d.kind = "org";
    d.id = id;
    d.json = "{}";
    c.writes.push_back(std::move(d));
  }
  EXPECT_FALSE(test::run(store->change(std::move(c))));
  EXPECT_EQ(all().size(), 1u);
}

TEST_F(Documents, theyOutliveTheProcess) {
  ASSERT_TRUE(write("acme", 0, "{\"n\":\"é\"}"));
  reopen();
  ASSERT_EQ(all().size(), 1u);
  EXPECT_EQ(all()[0].json, "{\"n\":\"é\"}");
  EXPECT_EQ(all()[0].version, 1);
}

TEST_F(Documents, recordsAreFoundByFieldTimeAndRequest) {
  audit::Record r;
  r.time = fixed_clock.wall();
  r.request_id = request_id(42);
  r.org = "acme";
  r.status = 200;
  std::string text;
  audit::append_fields(text, r);
  ASSERT_TRUE(test::run(store->append(std::move(text))));
  ASSERT_TRUE(append("noise"));
  AuditQuery by_id, by_field, by_time;
  by_id.request_id = request_id(42);
  by_field.equals = {{"org", "acme"}, {"status", "200"}};
  by_time.to = fixed_clock.wall();  // exclusive
  EXPECT_EQ(records(by_id).size(), 1u);
  EXPECT_EQ(records(by_field).size(), 1u);
  EXPECT_EQ(records(by_time).size(), 0u);
  AuditQuery page;
  page.limit = 1;
  page.before_seq = 2;
  ASSERT_EQ(records(page).size(), 1u);
  EXPECT_EQ(records(page)[0].seq, 1);
}

}  // namespace
}  // namespace tsg::store
