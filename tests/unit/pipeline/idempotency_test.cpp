// One Idempotency-Key is one call: over all outcomes, on fakes.
#include "pipeline/idempotency_key.hpp"

#include "unit/pipeline/pipeline_fixture.hpp"

namespace tsg::pipeline::test {
namespace {

std::string const kTerminator = "data: [DONE]\n\n";

class Idempotency : public PipelineTest {
 protected:
  Idempotency() { add_key({"*"}); }
  FakeExchange keyed(std::string body, std::string_view header = "order-1") {
    auto x = request(kChat, std::move(body));
    x.with("idempotency-key", header);
    serve(x);
    return x;
  }
};

TEST_F(Idempotency, TheSecondGetsTheSameBytesAndNothingIsBought) {
  provider.plays.push_back(whole(kAnswer));
  auto const first = keyed(ask());
  auto const again = keyed(ask(), R"("order-1")");
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.headers.get("idempotent-replayed"), "");
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.sent, first.sent);
  EXPECT_EQ(again.headers.get("content-type"), first.headers.get("content-type"));
  EXPECT_EQ(again.headers.get("idempotent-replayed"), "true");
  EXPECT_EQ(again.headers.get("x-tsg-original-request-id"), first.headers.get("x-request-id"));
  EXPECT_NE(again.headers.get("x-request-id"), first.headers.get("x-request-id"));
  EXPECT_EQ(provider.sent.size(), 1u);
  EXPECT_EQ(totals().settled, Nano{4'500'000});
  auto const record = records().front();
  EXPECT_EQ(record["replayed"], true);
  EXPECT_EQ(record["verdict"], "replay");
  EXPECT_FALSE(record.contains("cost_usd"));
}

TEST_F(Idempotency, AStreamIsReplayedByteForByte) {
  provider.plays.push_back(stream({chunk("one "), chunk("two"), chunk("", R"("stop")"), kTerminator}));
  auto const body = ask(R"(,"stream":true)");
  auto const first = keyed(body);
  auto const again = keyed(body);
  EXPECT_TRUE(first.ended && again.ended);
  EXPECT_EQ(again.sent, first.sent);
  EXPECT_TRUE(again.sent.ends_with(kTerminator));
  EXPECT_EQ(again.headers.get("content-type"), "text/event-stream; charset=utf-8");
  EXPECT_EQ(provider.sent.size(), 1u);
}

TEST_F(Idempotency, AnotherBodyIsRefused) {
  provider.plays.push_back(whole(kAnswer));
  (void)keyed(ask());
  auto const other = keyed(ask(R"(,"temperature":1)"));
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(other.code(), "idempotency_key_reused");
}

TEST_F(Idempotency, WhileTheFirstRunsTheSecondIsToldToWait) {
  auto play = whole(kAnswer);
  play.before_end = [&] {
    boost::asio::io_context own;
    FakeExchange inner{own.get_executor(), http::Method::post, kChat, ask()};
    inner.with("authorization", "Bearer " + key).with("content-type", "application/json");
    inner.with("idempotency-key", "order-1");
    boost::asio::co_spawn(own, api->handle(inner), [](std::exception_ptr, Result<>) {});
    own.run();
    EXPECT_EQ(inner.status, 409);
    EXPECT_EQ(inner.code(), "idempotency_in_progress");
    EXPECT_EQ(inner.headers.get("retry-after-ms"), "1000");
    EXPECT_EQ(inner.headers.get("x-should-retry"), "") << "the SDK decides";
  };
  provider.plays.push_back(std::move(play));
  EXPECT_EQ(keyed(ask()).status, 200);
}

TEST_F(Idempotency, ABrokenAnswerIsReportedAndNotBoughtAgain) {
  provider.plays.push_back(stream({chunk("half")}));
  auto const body = ask(R"(,"stream":true)");
  (void)keyed(body);
  auto const again = keyed(body);
  EXPECT_EQ(again.status, 409);
  EXPECT_EQ(again.code(), "idempotency_indeterminate");
  EXPECT_EQ(again.headers.get("x-should-retry"), "false");
  auto const first = records().back()["request_id"].get<std::string>();
  EXPECT_EQ(again.headers.get("x-tsg-original-request-id"), first) << "the one to look up";
  auto const message = again.json()["error"]["message"].get<std::string>();
  for (auto const& word : {first, std::string{"new key"}, std::string{"billed"}})
    EXPECT_NE(message.find(word), std::string::npos) << message;
}

TEST_F(Idempotency, WhoLeftBeforeTheAnswerFindsItOnTheNextTry) {
  configure("openai: {credentials: [{name: main, key: 'env:X'}]}", "timeouts: {abandoned_ms: 10000}\n");
  auto x = request(kChat, ask());
  x.with("idempotency-key", "order-1");
  auto play = whole(kAnswer);
  play.before_end = [&] { x.leave(); };
  provider.plays.push_back(play);
  serve(x);
  EXPECT_EQ(x.status, 0);
  auto const again = keyed(ask());
  EXPECT_EQ(again.status, 200);
  EXPECT_EQ(again.headers.get("idempotent-replayed"), "true");
  EXPECT_EQ(again.json()["content"], "hello");
  auto const first = records().back()["request_id"].get<std::string>();
  EXPECT_EQ(again.headers.get("x-tsg-original-request-id"), first);
  EXPECT_EQ(provider.sent.size(), 1u);
  EXPECT_EQ(totals().settled, Nano{4'500'000});
}

TEST_F(Idempotency, WhoLeftBeforeTheProvidersRefusalFindsThatOnTheNextTry) {
  configure("openai: {credentials: [{name: main, key: 'env:X'}]}", "timeouts: {abandoned_ms: 10000}\n");
  auto x = request(kChat, ask());
  x.with("idempotency-key", "order-1");
  auto play = whole(R"({"error":{"message":"no such voice","type":"invalid_request_error"}})", 400);
  play.before_end = [&] { x.leave(); };
  provider.plays.push_back(play);
  serve(x);
  EXPECT_EQ(records().front()["status"], 499);
  auto const again = keyed(ask());
  EXPECT_EQ(again.status, 400);
  EXPECT_EQ(again.headers.get("idempotent-replayed"), "true");
  EXPECT_EQ(provider.sent.size(), 1u);
}

TEST_F(Idempotency, WhatTheProviderDidNotDoIsTriedAgain) {
  provider.plays.push_back(whole(R"({"error":{"message":"busy"}})", 503));
  provider.plays.push_back(whole(kAnswer));
  EXPECT_GE(keyed(ask()).status, 500);
  EXPECT_EQ(keyed(ask()).status, 200);
}

TEST_F(Idempotency, WhatTheProviderRefusedIsTheAnswerAlsoNextTime) {
  provider.plays.push_back(whole(R"({"error":{"message":"no","type":"invalid_request_error"}})", 400));
  auto const first = keyed(ask());
  auto const again = keyed(ask());
  EXPECT_EQ(first.status, 400);
  EXPECT_EQ(again.status, 400);
  EXPECT_EQ(again.sent, first.sent);
  EXPECT_EQ(again.headers.get("x-should-retry"), "false");
}

TEST_F(Idempotency, AStoredAnswerIsGivenWhereTheBudgetNowRefuses) {
  provider.plays.push_back(whole(kAnswer));
  auto const first = keyed(ask());
  add_key({"*"}, "0");
  EXPECT_EQ(keyed(ask()).sent, first.sent);
  EXPECT_EQ(keyed(ask(), "order-2").status, 429);
}

TEST_F(Idempotency, ARevokedKeyGetsNoReplay) {
  provider.plays.push_back(whole(kAnswer));
  (void)keyed(ask());
  add_key({"*"}, "", [](keys::Key& k) { k.revoked = true; });
  EXPECT_EQ(keyed(ask()).status, 401);
  add_key({"claude-*"});
  EXPECT_EQ(keyed(ask()).status, 403) << "policy is of today";
}

TEST(IdempotencyKey, bareAndQuotedNameTheSame) {
  EXPECT_EQ(parse_idempotency_key("8e03978e-40d5"), "8e03978e-40d5");
  EXPECT_EQ(parse_idempotency_key("\"8e03978e-40d5\""), "8e03978e-40d5");
  EXPECT_EQ(parse_idempotency_key("  \"a b\" "), "a b");
  EXPECT_EQ(parse_idempotency_key(R"("q\"b\\s")"), R"(q"b\s)");
  EXPECT_EQ(parse_idempotency_key(std::string(255, 'x')), std::string(255, 'x'));
  for (std::string const& bad :
       {std::string{}, std::string{"two words"}, std::string{"\"\""}, std::string{"\"open"},
        std::string{"\"a\"b"}, std::string{R"("\n")"}, std::string{"\"\x7f\""}, std::string{"caf\xc3\xa9"},
        std::string{"a,b"}, std::string(256, 'x')})
    EXPECT_FALSE(parse_idempotency_key(bad)) << bad;
}

}  // namespace
}  // namespace tsg::pipeline::test
