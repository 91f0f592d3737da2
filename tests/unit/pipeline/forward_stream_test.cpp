// A stream never lies (design decision 7).
#include "unit/pipeline/pipeline_fixture.hpp"

namespace tsg::pipeline::test {
namespace {

std::string const kUsage =
    R"(data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[],)"
    R"("usage":{"prompt_tokens":1000,"completion_tokens":200,"total_tokens":1200}})"
    "\n\n";
std::string const kStreamEnd = "data: [DONE]\n\n";

class ForwardStream : public PipelineTest {
 protected:
  ForwardStream() { add_key({"*"}); }
  FakeExchange streamed(std::vector<std::string> events, std::string_view more = "") {
    provider.plays.push_back(stream(std::move(events)));
    return chat(ask(R"(,"stream":true)" + std::string{more}));
  }
};

TEST_F(ForwardStream, EventsLeaveOneByOneAndTheEndAfterTheCommit) {
  provider.plays.push_back(stream({chunk("one "), chunk("two"), chunk("", R"("stop")"), kUsage, kStreamEnd}));
  auto x = request(kChat, ask(R"(,"stream":true)"));
  std::size_t written = 0;
  x.on_answer = [&] { written = records().size(); };
  serve(x);
  EXPECT_EQ(x.status, 200);
  EXPECT_EQ(x.headers.get("content-type"), "text/event-stream; charset=utf-8");
  EXPECT_EQ(x.headers.get("cache-control"), "no-cache, no-transform");
  EXPECT_TRUE(x.sent.ends_with(kStreamEnd));
  EXPECT_EQ(x.sent.find("\"usage\":{"), std::string::npos) << "the client did not ask for it";
  EXPECT_TRUE(x.ended && !x.aborted);
  EXPECT_EQ(written, 1u);
  EXPECT_EQ(totals().settled, Nano{4'500'000});
}

// Gemini counts while it answers. A failure at the end is counted to its end, a break is not.
TEST_F(ForwardStream, AFailureThatTellsItsUsageIsBilledThatAndABreakIsEstimated) {
  configure("gemini: {credentials: [{name: main, key: 'env:X'}]}");
  auto const event = [](std::string const& candidate, int out) {
    return R"(data: {"candidates":[{"index":0,)" + candidate +
           R"(}],"usageMetadata":{"promptTokenCount":1000,"candidatesTokenCount":)" + std::to_string(out) +
           R"(,"totalTokenCount":)" + std::to_string(1000 + out) + "}}\n\n";
  };
  auto const said = event(R"("content":{"parts":[{"text":"Hello"}]})", 10);
  auto const ask_gemini = [&](Play play) {
    provider.plays.push_back(std::move(play));
    return chat(R"({"model":"gemini-2.5-flash","stream":true,"messages":[{"role":"user","content":"hi"}]})");
  };
  auto const x = ask_gemini(stream({said, event(R"("finishReason":"MALFORMED_FUNCTION_CALL")", 20)}));
  EXPECT_TRUE(x.aborted) << x.sent;
  EXPECT_FALSE(records().front().contains("estimated"));
  EXPECT_EQ(records().front()["cost_usd"], "0.00035");
  ask_gemini(stream({said}));
  EXPECT_EQ(records().front()["estimated"], true);
}

TEST_F(ForwardStream, AModelThatSearchesForEachAnswerIsBilledItsFeeWithAndWithoutUsage) {
  std::string const wants =
      R"({"model":"gpt-4o-search-preview","stream":true,"messages":[{"role":"user","content":"hi"}]})";
  for (auto const& end : {kUsage + kStreamEnd, kStreamEnd}) {
    provider.plays.push_back(stream({chunk("hi"), chunk("", R"("stop")"), end}));
    EXPECT_TRUE(chat(wants).sent.ends_with(kStreamEnd));
    EXPECT_EQ(records().front()["cost_parts"]["request"], "0.035");
  }
}

TEST_F(ForwardStream, UsageWithItsCostComesLastIfAskedFor) {
  auto const x = streamed({chunk("hi"), chunk("", R"("stop")"), kUsage, kStreamEnd},
                          R"(,"stream_options":{"include_usage":true})");
  auto const at = x.sent.find("\"cost_usd\":0.0045");
  ASSERT_NE(at, std::string::npos) << x.sent;
  EXPECT_NE(x.sent.find("\"provider\":\"openai\""), std::string::npos);
  EXPECT_TRUE(x.sent.ends_with(kStreamEnd));
}

TEST_F(ForwardStream, WithoutTheProvidersTerminatorThereIsNoEnd) {
  auto const x = streamed({chunk("half")});
  EXPECT_NE(x.sent.find("half"), std::string::npos);
  EXPECT_NE(x.sent.find("data: {\"error\":"), std::string::npos);
  EXPECT_EQ(x.sent.find("[DONE]"), std::string::npos);
  EXPECT_TRUE(x.aborted && !x.ended) << "no terminating chunk";
  EXPECT_EQ(record()["complete"], false);
  EXPECT_EQ(record()["estimated"], true);
  EXPECT_GT(totals().settled, Nano{0}) << "what was generated is paid for";
}

TEST_F(ForwardStream, ACutWithinAnEventSendsNothingOfIt) {
  auto play = stream({chunk("one"), chunk("two").substr(0, 30)});
  play.cut = Error{Errc::provider_unavailable};
  provider.plays.push_back(play);
  auto const x = chat(ask(R"(,"stream":true)"));
  EXPECT_NE(x.sent.find("one"), std::string::npos);
  auto const events = x.sent.find("data: {\"error\":");
  ASSERT_NE(events, std::string::npos);
  EXPECT_TRUE(x.sent.substr(0, events).ends_with("}\n\n")) << x.sent;
  EXPECT_TRUE(x.aborted);
}

TEST_F(ForwardStream, AFailureBeforeTheFirstContentIsAnOrdinaryError) {
  for (auto const& first : {std::string{}, std::string{"data: {\"error\":{\"message\":\"overloaded\"}}\n\n"},
                            std::string{"data: nonsense\n\n"}}) {
    auto const x = streamed({first});
    EXPECT_EQ(x.status, 502) << first;
    EXPECT_EQ(x.code(), "provider_unavailable");
    EXPECT_FALSE(x.aborted);
  }
}

// As the same error with a status of its own would be: nothing was produced, so nothing is paid for.
TEST_F(ForwardStream, AnErrorBeforeTheFirstContentCostsNothing) {
  std::string const error = "data: {\"error\":{\"message\":\"overloaded\"}}\n\n";
  auto const x = streamed({chunk("") + error});  // the role is no content
  EXPECT_EQ(x.status, 502);
  EXPECT_EQ(x.headers.get("x-should-retry"), "true");
  EXPECT_EQ(totals().settled, Nano{0});
  EXPECT_EQ(totals().held, Nano{0});
}

TEST_F(ForwardStream, AnErrorAfterContentOrAfterACountIsPaidFor) {
  std::string const error = "data: {\"error\":{\"message\":\"overloaded\"}}\n\n";
  EXPECT_TRUE(streamed({kUsage, error}).aborted) << "the head has left";
  EXPECT_EQ(totals().settled, Nano{4'500'000}) << "by the provider's own count";
  EXPECT_TRUE(streamed({chunk("hi"), error}).aborted);
  EXPECT_GT(totals().settled, Nano{4'500'000});
}

TEST_F(ForwardStream, AJsonErrorInsteadOfAStreamKeepsItsStatus) {
  provider.plays.push_back(whole(R"({"error":{"message":"no","type":"invalid_request_error"}})", 422));
  EXPECT_EQ(chat(ask(R"(,"stream":true)")).status, 422);
}

TEST_F(ForwardStream, AClientThatLeavesIsSettledByWhatWasGenerated) {
  auto x = request(kChat, ask(R"(,"stream":true)"));
  auto play = stream({chunk("hello ")});
  play.before_end = [&] { x.leave(); };
  provider.plays.push_back(play);
  serve(x);
  EXPECT_EQ(provider.closed, 1) << "the provider's connection goes with the client";
  auto const r = record();
  EXPECT_EQ(r["status"], 499);
  EXPECT_EQ(r["complete"], false);
  EXPECT_GT(totals().settled, Nano{0});
  EXPECT_EQ(totals().held, Nano{0});
  EXPECT_EQ(x.sent.find("error"), std::string::npos) << "nobody is left to tell";
}

}  // namespace
}  // namespace tsg::pipeline::test
