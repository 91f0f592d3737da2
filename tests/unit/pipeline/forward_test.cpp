// What the client gets of what the provider says, and what the books say of both.
#include "unit/pipeline/pipeline_fixture.hpp"

namespace tsg::pipeline::test {
namespace {

class ForwardTest : public PipelineTest {
 protected:
  ForwardTest() { add_key({"*", "*/*"}); }
};

TEST_F(ForwardTest, AnAnswerCarriesTheFlatFieldsAndTheHeaders) {
  provider.plays.push_back(whole(kAnswer));
  auto const x = chat(ask());
  ASSERT_EQ(x.status, 200) << x.sent;
  auto const body = x.json();
  EXPECT_EQ(body["content"], "hello");
  EXPECT_EQ(body["provider"], "openai");
  EXPECT_EQ(body["usage"]["input_tokens"], 1000);
  EXPECT_EQ(body["usage"]["output_tokens"], 200);
  EXPECT_EQ(body["usage"]["cost_usd"].dump(), "0.0045");
  EXPECT_EQ(x.headers.get("x-tsg-provider"), "openai");
  EXPECT_EQ(x.headers.get("x-tsg-model"), "gpt-4o-2024-08-06");
  EXPECT_EQ(x.headers.get("x-tsg-attempts"), "1");
  EXPECT_EQ(x.headers.get("x-tsg-cost-usd"), "0.0045");
}

TEST_F(ForwardTest, TheRecordIsCommittedBeforeTheFirstByteOfAWholeAnswer) {
  provider.plays.push_back(whole(kAnswer));
  auto x = request(kChat, ask());
  std::size_t written = 0;
  x.on_answer = [&] { written = records().size(); };
  serve(x);
  EXPECT_EQ(written, 1u);
}

TEST_F(ForwardTest, TheProviderGetsItsOwnKeyAndNothingOfTheClient) {
  provider.plays.push_back(whole(kAnswer));
  auto x = request(kChat, ask());
  x.with("cookie", "a=b")
      .with("x-forwarded-for", "1.2.3.4")
      .with("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  serve(x);
  ASSERT_EQ(provider.sent.size(), 1u);
  std::string head;
  provider.sent[0].headers.append_to(head);
  EXPECT_NE(head.find("Bearer sk-provider-secret"), std::string::npos) << head;
  for (auto const& secret : {key, std::string{"cookie"}, std::string{"1.2.3.4"}, std::string{"traceparent"}})
    EXPECT_EQ(head.find(secret), std::string::npos) << head;
  EXPECT_EQ(provider.sent[0].path, "/v1/chat/completions");
}

TEST_F(ForwardTest, ATraceGoesUpstreamOnlyWhereTheProviderMayHaveIt) {
  configure("openai: {forward_trace: true, credentials: [{name: main, key: 'env:X'}]}");
  provider.plays.push_back(whole(kAnswer));
  auto x = request(kChat, ask());
  x.with("traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
  serve(x);
  EXPECT_EQ(provider.sent.at(0).headers.get("traceparent"),
            "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01");
}

TEST_F(ForwardTest, ARefusalOfTheProviderCostsNothing) {
  provider.plays.push_back(
      whole(R"({"error":{"message":"too long","code":"context_length_exceeded"}})", 400));
  auto const x = chat(ask());
  EXPECT_EQ(x.status, 400);
  EXPECT_EQ(x.code(), "context_length_exceeded");
  EXPECT_EQ(totals().settled, Nano{0});
  EXPECT_EQ(totals().held, Nano{0});
  auto const r = record();
  EXPECT_EQ(r["attempts"][0]["status"], 400);
  EXPECT_EQ(r["complete"], false);
}

std::string embed(std::size_t inputs, std::string_view model, std::string_view more = "") {
  std::string body = R"({"model":")" + std::string{model} + R"(","input":["x")";
  for (std::size_t i = 1; i < inputs; ++i) body += R"(,"x")";
  return body + "]" + std::string{more} + "}";
}

TEST_F(ForwardTest, EmbeddingsWhoseAnswerCouldNotBeTakenAreNotBought) {
  configure(
      "openai: {credentials: [{name: main, key: 'env:X'}]}\n  gemini: {credentials: [{name: main, key: "
      "'env:X'}]}");
  for (auto const* model : {"gemini-embedding-001", "text-embedding-3-large"}) {
    auto x = request("/v1/embeddings", embed(1500, model));
    serve(x);
    EXPECT_EQ(x.status, 400) << x.sent;
    auto const error = x.json()["error"];
    EXPECT_EQ(error["param"], "input");
    for (auto const* word :
         {"1500 entries", "67108864", "limits.response_bytes_max", "at most 908", "dimensions"})
      EXPECT_NE(error["message"].get<std::string>().find(word), std::string::npos) << word << ": " << error;
  }
  EXPECT_TRUE(provider.sent.empty());
  EXPECT_EQ(totals().settled, Nano{0});
  EXPECT_EQ(totals().held, Nano{0});
}

TEST_F(ForwardTest, EmbeddingsThatFitAreAsked) {
  for (auto const* more : {R"(,"dimensions":1024)", R"(,"encoding_format":"base64")"}) {
    auto x = request("/v1/embeddings", embed(2048, "text-embedding-3-large", more));
    provider.plays.push_back(
        whole(R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5]}],"model":"m",)"
              R"("usage":{"prompt_tokens":2048,"total_tokens":2048}})"));
    serve(x);
    EXPECT_EQ(x.status, 200) << x.sent;
  }
}

TEST_F(ForwardTest, WhatTheProviderRepeatsOfItsKeyIsNotPassedOn) {
  for (int const status : {400, 401, 500}) {
    provider.plays.push_back(
        whole(R"({"error":{"message":"Incorrect API key provided: sk-provider-secret"}})", status));
    auto const x = chat(ask());
    EXPECT_EQ(x.sent.find("sk-provider-secret"), std::string::npos) << x.sent;
  }
  for (auto const& r : records()) EXPECT_EQ(r.dump().find("sk-provider-secret"), std::string::npos) << r;
}

TEST_F(ForwardTest, AnUnreachableProviderCostsNothingAndMayBeRetried) {
  Play play;
  play.refused = Error{Errc::provider_unavailable};
  play.refused->details().status = 503;
  provider.plays.push_back(play);
  auto const x = chat(ask());
  EXPECT_EQ(x.status, 503);
  EXPECT_EQ(x.headers.get("x-should-retry"), "true");
  EXPECT_EQ(totals().settled, Nano{0});
}

TEST_F(ForwardTest, ASilentProviderMayHaveWorkedSoItIsEstimatedAndNotRetried) {
  Play play;
  play.refused = Error{Errc::provider_timeout};
  play.refused->details().dispatched = true;
  provider.plays.push_back(play);
  auto const x = chat(ask());
  EXPECT_EQ(x.status, 504);
  EXPECT_EQ(x.headers.get("x-should-retry"), "false");
  EXPECT_GT(totals().settled, Nano{0});
  EXPECT_EQ(record()["estimated"], true);
}

TEST_F(ForwardTest, A2xxThatMakesNoSenseWasBilled) {
  for (auto const* body : {"", "{", "[]", "<html>502</html>", R"({"choices":[]})"}) {
    provider.plays.push_back(whole(body));
    auto const x = chat(ask());
    EXPECT_EQ(x.status, 502) << body;
    EXPECT_EQ(x.headers.get("x-should-retry"), "false") << body;
  }
  EXPECT_GT(totals().settled, Nano{0});
}

// A model's failure is no answer, and yet it is on the bill; once it was booked at all it might have cost.
TEST_F(ForwardTest, AFailureThatTellsItsUsageIsBilledThat) {
  configure("gemini: {credentials: [{name: main, key: 'env:X'}]}");
  std::string const failed =
      R"({"candidates":[{"content":{},"finishReason":"MALFORMED_FUNCTION_CALL","index":0}],)"
      R"("usageMetadata":{"promptTokenCount":1000,"candidatesTokenCount":20,"totalTokenCount":1020}})";
  provider.plays.push_back(whole(failed));
  auto const x = chat(R"({"model":"gemini-2.5-flash","messages":[{"role":"user","content":"hi"}]})");
  EXPECT_EQ(x.status, 502) << x.sent;
  EXPECT_EQ(x.headers.get("x-should-retry"), "false");
  auto const r = record();
  EXPECT_FALSE(r.contains("estimated"));
  EXPECT_EQ(r["cost_usd"], "0.00035");  // 1000 at 0.3 and 20 at 2.5 per million
  EXPECT_EQ(totals().settled, Nano{350'000});
}

TEST_F(ForwardTest, AFailureWhoseUsageCannotBeIsEstimatedWithAnAlert) {
  configure("gemini: {credentials: [{name: main, key: 'env:X'}]}");
  provider.plays.push_back(whole(R"({"candidates":[{"finishReason":"MALFORMED_FUNCTION_CALL"}],)"
                                 R"("usageMetadata":{"promptTokenCount":-1}})"));
  EXPECT_EQ(chat(R"({"model":"gemini-2.5-flash","messages":[{"role":"user","content":"hi"}]})").status, 502);
  auto const all = records();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0]["kind"], "usage_invalid");
  EXPECT_EQ(all[1]["estimated"], true);
}

// OpenAI's search models are paid by the request, and nothing in their answers says so.
TEST_F(ForwardTest, AModelThatSearchesForEachAnswerIsBilledTheFeeOfItsContext) {
  auto const cost = [this](std::string const& more) {
    provider.plays.push_back(whole(kAnswer));
    auto const x =
        chat(R"({"model":"gpt-4o-search-preview","messages":[{"role":"user","content":"hi"}])" + more + "}");
    EXPECT_EQ(x.status, 200) << x.sent;
    return std::string{x.headers.get("x-tsg-cost-usd")};
  };
  EXPECT_EQ(cost(""), "0.0395") << "1000 in, 200 out, and 35 for a thousand requests of medium context";
  EXPECT_EQ(cost(R"(,"web_search_options":{"search_context_size":"low"})"), "0.0345");
  EXPECT_EQ(records().front()["cost_parts"]["request"], "0.03");
  auto const x = chat(R"({"model":"gpt-4o-search-preview","messages":[],"web_search_options":[]})");
  EXPECT_EQ(x.status, 400);
}

// Some providers say 200 before they know. What they say then costs what it costs with a status of its own.
TEST_F(ForwardTest, AnErrorInsideA200CostsNothingAndMayBeRetried) {
  provider.plays.push_back(whole(R"({"error":{"message":"oops"}})"));
  auto const x = chat(ask());
  EXPECT_EQ(x.status, 502);
  EXPECT_EQ(x.headers.get("x-should-retry"), "true");
  EXPECT_EQ(totals().settled, Nano{0});
  EXPECT_EQ(totals().held, Nano{0});
  EXPECT_FALSE(record().contains("estimated")) << record();
}

TEST_F(ForwardTest, AnErrorInsideA200CostsWhatItsProviderSaysItUsed) {
  provider.plays.push_back(whole(R"({"error":{"message":"oops"},"usage":{"prompt_tokens":1000,)"
                                 R"("completion_tokens":200,"total_tokens":1200}})"));
  auto const x = chat(ask());
  EXPECT_EQ(x.status, 502);
  EXPECT_EQ(x.headers.get("x-should-retry"), "false");
  EXPECT_EQ(totals().settled, Nano{4'500'000});
  EXPECT_FALSE(record().contains("estimated")) << record();
}

TEST_F(ForwardTest, AnErrorInsideA200WhoseUsageCannotBeIsEstimated) {
  provider.plays.push_back(
      whole(R"({"error":{"message":"oops"},"usage":{"prompt_tokens":-1,"completion_tokens":200}})"));
  EXPECT_EQ(chat(ask()).status, 502);
  EXPECT_GT(totals().settled, Nano{0});
}

TEST_F(ForwardTest, AnAnswerLargerThanTheLimitIsCutOff) {
  configure("openai: {credentials: [{name: main, key: 'env:X'}]}", "limits: {response_bytes_max: 1024}\n");
  auto play = whole(std::string(2'000, ' '));
  play.pieces.push_back("never read");
  provider.plays.push_back(play);
  EXPECT_EQ(chat(ask()).code(), "provider_unavailable");
}

TEST_F(ForwardTest, WithoutACredentialNothingIsSent) {
  auto runtime = std::make_shared<Runtime>(*services.runtime.load());
  runtime->credentials.clear();
  services.runtime.store(std::move(runtime));
  auto const x = chat(ask());
  EXPECT_EQ(x.status, 502);
  EXPECT_EQ(x.code(), "provider_auth_failed");
  EXPECT_EQ(totals().held, Nano{0});
  EXPECT_EQ(record()["status"], 502);
}

TEST_F(ForwardTest, AClientThatLeavesWhileTheModelThinksHangsUpOnTheProvider) {
  configure("openai: {credentials: [{name: main, key: 'env:X'}]}", "timeouts: {abandoned_ms: 0}\n");
  auto x = request(kChat, ask());
  Play play;
  play.before_end = [&] { x.leave(); };
  play.refused = Error{Errc::client_gone};
  provider.plays.push_back(play);
  serve(x);
  EXPECT_EQ(provider.aborts, 1);
  EXPECT_EQ(x.status, 0);
  auto const r = record();
  EXPECT_EQ(r["status"], 499);
  EXPECT_EQ(r["estimated"], true) << "it was sent: the model may have run";
  EXPECT_EQ(totals().held, Nano{0});
}

// A client with a short timeout left calls that had cost next to nothing, and each was billed the most that
// it could have been. Where the operator allows it the answer is waited for: what it cost is known then.
TEST_F(ForwardTest, AnAbandonedAnswerIsReadAndBilledAsCounted) {
  configure("openai: {credentials: [{name: main, key: 'env:X'}]}", "timeouts: {abandoned_ms: 10000}\n");
  auto x = request(kChat, ask());
  auto play = whole(kAnswer);
  play.before_end = [&] { x.leave(); };
  provider.plays.push_back(play);
  serve(x);
  EXPECT_EQ(x.status, 0) << "nobody is there to be answered";
  EXPECT_EQ(provider.closed, 0);
  auto const r = record();
  EXPECT_EQ(r["status"], 499);
  EXPECT_EQ(r["code"], "client_gone");
  EXPECT_EQ(r["complete"], false);
  EXPECT_EQ(r["cost_usd"], "0.0045");
  EXPECT_FALSE(r.contains("estimated")) << r;
  EXPECT_EQ(r["attempts"][0]["outcome"], "ok") << "the provider did its part";
  EXPECT_EQ(totals().settled, Nano{4'500'000});
  EXPECT_EQ(totals().held, Nano{0});
}

class AbandonedFailure : public ForwardTest, public testing::WithParamInterface<bool> {};

TEST_P(AbandonedFailure, IsTheAttemptsAndNobodyElseIsAsked) {
  configure("openai: {credentials: [{name: main, key: 'env:X'}]}", "timeouts: {abandoned_ms: 10000}\n");
  auto runtime = std::make_shared<Runtime>(*services.runtime.load());
  if (GetParam()) runtime->credentials["openai"].emplace_back("spare", "sk-other", 1);
  services.runtime.store(std::move(runtime));
  auto x = request(kChat, ask());
  auto play = whole(R"({"error":{"code":"invalid_api_key"}})", 401);
  play.before_end = [&] { x.leave(); };
  provider.plays.push_back(play);
  serve(x);
  EXPECT_EQ(provider.sent.size(), 1u);
  EXPECT_EQ(x.status, 0) << x.sent;
  auto const r = record();
  EXPECT_EQ(r["status"], 499);
  EXPECT_EQ(r["code"], "client_gone");
  EXPECT_EQ(r["attempts"][0]["outcome"], "provider_auth_failed");
  EXPECT_EQ(totals().settled, Nano{0});
  EXPECT_EQ(totals().held, Nano{0});
}

INSTANTIATE_TEST_SUITE_P(, AbandonedFailure, testing::Bool(), [](auto const& with) {
  return std::string{with.param ? "somebody_left_to_ask" : "nobody_left_to_ask"};
});

TEST_F(ForwardTest, WhoLeavesDuringTheCommitHasBeenAnswered) {
  configure("openai: {credentials: [{name: main, key: 'env:X'}]}", "timeouts: {abandoned_ms: 10000}\n");
  auto x = request(kChat, ask());
  x.on_answer = [&] { x.leave(); };
  provider.plays.push_back(whole(kAnswer));
  serve(x);
  EXPECT_EQ(record()["status"], 200);
  EXPECT_EQ(totals().settled, Nano{4'500'000});
}

TEST_F(ForwardTest, AnAbandonedStreamThatShowsWhatItCostsIsClosedAtOnce) {
  configure("openai: {credentials: [{name: main, key: 'env:X'}]}", "timeouts: {abandoned_ms: 10000}\n");
  auto x = request(kChat, ask(R"(,"stream":true)"));
  auto play = stream({chunk("half")});
  play.before_end = [&] { x.leave(); };
  provider.plays.push_back(play);
  serve(x);
  EXPECT_EQ(provider.closed, 1);
  EXPECT_EQ(record()["estimated"], true);
}

TEST_F(ForwardTest, AbandonedEmbeddingsAreReadToo) {
  configure("openai: {credentials: [{name: main, key: 'env:X'}]}", "timeouts: {abandoned_ms: 10000}\n");
  auto play = whole(
      R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5]}],"model":"text-embedding-3-small",)"
      R"("usage":{"prompt_tokens":1000000,"total_tokens":1000000}})");
  auto x = request("/v1/embeddings", R"({"model":"text-embedding-3-small","input":"a"})");
  play.before_end = [&] { x.leave(); };
  provider.plays.push_back(play);
  serve(x);
  EXPECT_EQ(record()["status"], 499);
  EXPECT_EQ(totals().settled, Nano{20'000'000});
}

TEST_F(ForwardTest, EmbeddingsAreForwardedAndPriced) {
  provider.plays.push_back(whole(
      R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.5]}],"model":"text-embedding-3-small",)"
      R"("usage":{"prompt_tokens":1000000,"total_tokens":1000000}})"));
  auto x = request("/v1/embeddings", R"({"model":"text-embedding-3-small","input":"a"})");
  serve(x);
  ASSERT_EQ(x.status, 200) << x.sent;
  EXPECT_EQ(x.json()["usage"]["input_tokens"], 1'000'000);
  EXPECT_EQ(x.json()["usage"]["cost_usd"].dump(), "0.02");
  EXPECT_EQ(provider.sent[0].path, "/v1/embeddings");
}

}  // namespace
}  // namespace tsg::pipeline::test
