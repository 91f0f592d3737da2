// The order of the chain, as its effects: who is refused where, and what has happened until then.
#include "unit/pipeline/pipeline_fixture.hpp"

namespace tsg::pipeline::test {
namespace {

using ChainTest = PipelineTest;

TEST_F(ChainTest, StrangersAreRefusedBeforeTheirPathIsLookedAt) {
  FakeExchange x{io.get_executor(), http::Method::get, "/v1/nothing"};
  serve(x);
  EXPECT_EQ(x.status, 401) << "which paths exist is not for everybody";
}

TEST_F(ChainTest, KnownKeysLearnOfUnknownPathsAndMethods) {
  add_key({"*"});
  auto path = get("/v1/nothing");
  serve(path);
  EXPECT_EQ(path.code(), "not_found");
  auto method = get(kChat);
  serve(method);
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.headers.get("allow"), "POST");
  EXPECT_EQ(records().size(), 2u);
}

TEST_F(ChainTest, PolicyComesBeforeMoney) {
  add_key({"gpt-4o-mini"}, "0.000000001");
  EXPECT_EQ(chat(ask()).code(), "model_not_allowed")
      << "an unaffordable model it may not use is first of all that";
}

TEST_F(ChainTest, MoneyIsPutAsideBeforeAnythingIsSent) {
  add_key({"*"}, "1.00");
  Play play = whole(kAnswer);
  store::Totals during;
  play.before_end = [&] { during = totals(); };
  provider.plays.push_back(std::move(play));
  EXPECT_EQ(chat(ask(R"(,"max_tokens":100)")).status, 200);
  EXPECT_GT(during.held, Nano{0});
  EXPECT_EQ(totals().held, Nano{0});
  EXPECT_EQ(totals().settled, Nano{4'500'000}) << "1000 x 2.50 + 200 x 10.00 USD per million";
}

TEST_F(ChainTest, AnExhaustedBudgetIs429AndSendsNothing) {
  add_key({"*"}, "0.000001");
  auto const x = chat(ask());
  EXPECT_EQ(x.status, 429);
  EXPECT_EQ(x.code(), "insufficient_quota");
  EXPECT_EQ(x.headers.get("x-should-retry"), "false");
  EXPECT_EQ(x.json()["error"]["scope"], "key");
  EXPECT_EQ(x.json()["error"]["resets_at"], "2026-12-01T00:00:00.000Z");
  EXPECT_TRUE(provider.sent.empty());
  auto const all = records();
  ASSERT_EQ(all.size(), 2u) << "the refusal, and the alert that the budget is used up";
  EXPECT_TRUE(
      std::ranges::any_of(all, [](auto const& r) { return r.value("code", "") == "insufficient_quota"; }));
}

TEST_F(ChainTest, UnderABudgetAModelWithoutAPriceIsRefusedWithoutOneItIsServed) {
  auto const unknown = R"({"model":"openai/gpt-99","messages":[{"role":"user","content":"a"}]})";
  add_key({"openai/*"}, "5.00");
  EXPECT_EQ(chat(unknown).code(), "model_unpriced");
  EXPECT_TRUE(provider.sent.empty());
  add_key({"openai/*"});
  provider.plays.push_back(whole(kAnswer));
  auto const served = chat(unknown);
  EXPECT_EQ(served.status, 200);
  EXPECT_TRUE(served.json()["usage"]["cost_usd"].is_null());
}

TEST_F(ChainTest, DrainingSaysSoAndStillServes) {
  add_key({"*"});
  services.draining = true;
  provider.plays.push_back(whole(kAnswer));
  auto const x = chat(ask());
  EXPECT_EQ(x.status, 200);
  EXPECT_TRUE(x.closes);
  FakeExchange ready{io.get_executor(), http::Method::get, "/readyz"};
  serve(ready);
  EXPECT_EQ(ready.status, 503);
  FakeExchange alive{io.get_executor(), http::Method::get, "/healthz"};
  serve(alive);
  EXPECT_EQ(alive.status, 200);
}

TEST_F(ChainTest, WhoComesWhileDrainingIsToldToComeBack) {
  add_key({"*"});
  services.draining = true;
  auto const late = [&](std::string_view path) {
    FakeExchange x{io.get_executor(), http::Method::get, path};
    auto refused = api->refuse(x, Error{Errc::overloaded});
    EXPECT_TRUE(look_up(std::move(refused)));
    return x;
  };
  auto const x = late("/v1/models");
  EXPECT_EQ(x.status, 503);
  EXPECT_EQ(x.code(), "overloaded");
  EXPECT_EQ(x.headers.get("retry-after"), "1");
  EXPECT_EQ(x.headers.get("x-should-retry"), "true");
  EXPECT_EQ(late("/readyz").sent, R"({"status":"draining"})");
  EXPECT_EQ(late("/healthz").status, 200);
}

TEST_F(ChainTest, CorrelationIdsAreKeptIfTheyAreHarmless) {
  add_key({"*"});
  auto x = get("/v1/models");
  x.with("x-request-id", "mine-1")
      .with("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  serve(x);
  EXPECT_EQ(record()["correlation_id"], "mine-1");
  EXPECT_EQ(record()["trace_id"], "0af7651916cd43dd8448eb211c80319c");
  EXPECT_EQ(x.headers.get("x-request-id"), record()["request_id"]) << "ours, whatever the client sent";
}

}  // namespace
}  // namespace tsg::pipeline::test
