// What the meter cannot see is never cheap to the one who leaves: thoughts that no event shows, tools that
// run at the provider. And what it is told must be something that the target can produce.
#include "unit/pipeline/pipeline_fixture.hpp"

namespace tsg::pipeline::test {
namespace {

std::string counted_event(std::int64_t out, std::int64_t thought) {
  return R"(data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-5.4","choices":[],"usage":)"
         R"({"prompt_tokens":10,"completion_tokens":)" +
         std::to_string(out) + R"(,"total_tokens":)" + std::to_string(10 + out) +
         R"(,"completion_tokens_details":{"reasoning_tokens":)" + std::to_string(thought) + "}}}\n\n";
}
std::string const kCountedStop = chunk("", R"("stop")"), kCountedDone = "data: [DONE]\n\n";
std::string const kVisibleWords = chunk("The answer is 42.");

class UnseenCost : public PipelineTest {
 protected:
  UnseenCost() {
    add_key({"*"}, "100");
    with("");
  }
  void with(std::string const& top, std::string const& instance = "openai: {api: chat, ") {
    configure(instance + "credentials: [{name: main, key: 'env:X'}]}", top);
  }
  static std::string asked(std::string const& model = "gpt-5.4", std::string const& more = "") {
    return R"({"model":")" + model + R"(","stream":true,"max_tokens":40000,)" +
           R"("messages":[{"role":"user","content":"Prove it."}])" + more + "}";
  }
  // The client reads the first piece and leaves.
  FakeExchange left(Play play, std::string const& body, std::string_view idempotency_key = "") {
    auto x = request(kChat, body);
    if (!idempotency_key.empty()) x.with("idempotency-key", idempotency_key);
    x.on_write = [&x] { x.leave(); };
    provider.plays.push_back(std::move(play));
    serve(x);
    return x;
  }
  Nano output(std::string_view model, std::int64_t tokens) {
    catalog::Usage usage;
    usage.output = tokens;
    return catalog::price(*services.runtime.load()->catalog->find(model), usage, clock.now)->total;
  }
};

TEST_F(UnseenCost, AStreamThatIsLeftIsReadOnUntilItsCountComes) {
  auto const x =
      left(stream({kVisibleWords, kCountedStop, counted_event(30'000, 29'990), kCountedDone}), asked());
  EXPECT_NE(x.sent.find("42"), std::string::npos);
  EXPECT_EQ(x.sent.find("[DONE]"), std::string::npos) << "nobody is there to be told the end";
  auto const r = record();
  EXPECT_EQ(r["status"], 499);
  EXPECT_EQ(r["code"], "client_gone");
  EXPECT_EQ(r["complete"], false);
  EXPECT_FALSE(r.contains("estimated")) << r;
  EXPECT_EQ(r["usage"]["reasoning"], 29'990);
  EXPECT_GE(totals().settled, output("gpt-5.4", 30'000));
  EXPECT_EQ(totals().held, Nano{0});
}

TEST_F(UnseenCost, WhatIsReadOnIsKeptForTheRetry) {
  left(stream({kVisibleWords, kCountedStop, counted_event(30'000, 29'990), kCountedDone}), asked(),
       "order-1");
  auto again = request(kChat, asked());
  again.with("idempotency-key", "order-1");
  serve(again);
  EXPECT_EQ(again.headers.get("idempotent-replayed"), "true");
  EXPECT_TRUE(again.sent.starts_with(kVisibleWords)) << again.sent;
  EXPECT_TRUE(again.sent.ends_with(kCountedDone));
  EXPECT_EQ(provider.sent.size(), 1u);
}

TEST_F(UnseenCost, WithoutPatienceTheHoldIsSettled) {
  with("timeouts: {abandoned_ms: 0}\n");
  left(stream({kVisibleWords, kCountedStop, counted_event(30'000, 29'990), kCountedDone}), asked());
  EXPECT_EQ(provider.closed, 1) << "the provider is hung up on";
  EXPECT_EQ(record()["estimated"], true);
  EXPECT_GE(totals().settled, output("gpt-5.4", 40'000));
}

TEST_F(UnseenCost, PatienceEndsAndThenTheHoldIsSettled) {
  auto play = stream({kVisibleWords});
  play.cut = Error{Errc::client_gone};  // what a read says whose connection we closed
  left(std::move(play), asked());
  EXPECT_EQ(record()["estimated"], true);
  EXPECT_EQ(record()["status"], 499);
  EXPECT_GE(totals().settled, output("gpt-5.4", 40'000));
}

// Who leaves before the first word has seen nothing at all.
TEST_F(UnseenCost, AStopWhileTheModelThinksIsBilledTheCountToo) {
  auto x = request(kChat, asked());
  auto play = stream({kVisibleWords, kCountedStop, counted_event(30'000, 29'990), kCountedDone});
  play.pieces.insert(play.pieces.begin(), chunk(""));
  provider.plays.push_back(std::move(play));
  x.on_answer = [] { ADD_FAILURE() << "nobody is left to be answered"; };
  boost::asio::post(io, [&x] { x.leave(); });  // before anything is read
  serve(x);
  EXPECT_EQ(record()["status"], 499);
  EXPECT_FALSE(record().contains("estimated")) << record();
  EXPECT_GE(totals().settled, output("gpt-5.4", 30'000));
}

TEST_F(UnseenCost, AStreamThatBreaksAfterLongThoughtCostsWhatItMayHaveBeen) {
  auto play = stream({kVisibleWords});
  play.cut = Error{Errc::provider_unavailable};
  provider.plays.push_back(std::move(play));
  EXPECT_TRUE(chat(asked()).aborted);
  EXPECT_GE(totals().settled, output("gpt-5.4", 40'000));
}

TEST_F(UnseenCost, ACompleteStreamWithoutACountDoesToo) {
  provider.plays.push_back(stream({kVisibleWords, kCountedStop, kCountedDone}));
  EXPECT_TRUE(chat(asked()).ended);
  EXPECT_EQ(record()["estimated"], true);
  EXPECT_GE(totals().settled, output("gpt-5.4", 40'000));
}

TEST_F(UnseenCost, AModelThatShowsAllItWritesIsClosedAtOnceAndBilledWhatItShowed) {
  left(stream({kVisibleWords, kCountedStop, kCountedDone}), asked("gpt-4o"));
  EXPECT_EQ(provider.closed, 1);
  EXPECT_GT(totals().settled, Nano{0});
  EXPECT_LT(totals().settled, output("gpt-4o", 1'000));
}

// A count that comes with the events is as good as the last one.
TEST_F(UnseenCost, ARunningCountIsBelieved) {
  with("", "gemini: {");
  auto const event = [](std::string const& text, int out, int thought) {
    return R"(data: {"candidates":[{"index":0,"content":{"parts":[{"text":")" + text +
           R"("}]}}],"usageMetadata":{"promptTokenCount":10,"candidatesTokenCount":)" + std::to_string(out) +
           R"(,"thoughtsTokenCount":)" + std::to_string(thought) + R"(,"totalTokenCount":)" +
           std::to_string(10 + out + thought) + "}}\n\n";
  };
  left(stream({event("One", 1, 5'000), event("two", 2, 5'000)}), asked("gemini-2.5-flash"));
  EXPECT_EQ(provider.closed, 1);
  auto const r = record();
  EXPECT_EQ(r["estimated"], true);
  EXPECT_EQ(r["usage"]["reasoning"], 5'000);
  EXPECT_LT(totals().settled, output("gemini-2.5-flash", 6'000));
}

// One that was told before the answer, and never again, is none.
TEST_F(UnseenCost, ACountThatStaysBehindIsNoRunningCount) {
  with("timeouts: {abandoned_ms: 0}\n");
  left(stream({counted_event(0, 0), kVisibleWords}), asked());
  EXPECT_GE(totals().settled, output("gpt-5.4", 40'000)) << "told before the thoughts began";
}

// What is served under a name that the provider has retired is the provider's choice.
TEST_F(UnseenCost, ARetiredNameMayThink) {
  with("timeouts: {abandoned_ms: 0}\n", "xai: {api: chat, ");
  left(stream({kVisibleWords, kCountedStop}), asked("grok-3"));
  EXPECT_GE(totals().settled, output("grok-3", 40'000));
}

TEST_F(UnseenCost, ClaudeWithoutThinkingShowsAllItWritesAndWithItDoesNot) {
  with("timeouts: {abandoned_ms: 0}\n", "anthropic: {");
  auto const events = [] {
    std::vector<std::string> out;
    for (
        auto const* data :
        {R"({"type":"message_start","message":{"id":"m","model":"claude-sonnet-4-5","content":[],"usage":{"input_tokens":10,"output_tokens":1}}})",
         R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}})",
         R"({"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"The answer is 42."}})"})
      out.push_back("event: x\ndata: " + std::string{data} + "\n\n");
    return out;
  }();
  left(stream(events), asked("claude-sonnet-4-5"));
  auto const shown = totals().settled;
  EXPECT_LT(shown, output("claude-sonnet-4-5", 1'000));
  left(stream(events), asked("claude-sonnet-4-5", R"(,"reasoning_effort":"high")"));
  EXPECT_GE(totals().settled - shown, output("claude-sonnet-4-5", 40'000));
}

TEST_F(UnseenCost, SearchesOfAStreamThatIsLeftAreNotFree) {
  add_key({"*"});  // no budget: nothing limits the searches
  with("timeouts: {abandoned_ms: 0}\n", "gemini: {");
  left(stream({R"(data: {"candidates":[{"index":0,"content":{"parts":[{"text":"Look"}]}}]})"
               "\n\n"}),
       asked("gemini-3-pro-preview", R"(,"web_search_options":{})"));
  auto const r = record();
  EXPECT_EQ(r["estimated"], true);
  EXPECT_GT(r["usage"].value("web_search", 0), 0) << r;
}

// -- counts that no model can produce
// ------------------------------------------------------------------------

TEST_F(UnseenCost, ACountBeyondWhatTheTargetCanProduceIsBilledAsTheBoundWithAnAlert) {
  constexpr std::int64_t absurd = std::int64_t{1} << 40;
  std::string const plain =
      R"({"id":"c","model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},)"
      R"("finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":1099511627776}})";
  auto const check = [&](bool streamed) {
    auto const before = totals().settled;
    provider.plays.push_back(
        streamed ? stream({kVisibleWords, kCountedStop, counted_event(absurd, 0), kCountedDone})
                 : whole(plain));
    auto body = asked("gpt-4o");
    body.replace(body.find("40000"), 5, "300");
    if (!streamed) body.replace(body.find("true"), 4, "false");
    auto const x = chat(body);
    EXPECT_EQ(x.status, 200) << x.sent;
    auto const cost = totals().settled - before;
    EXPECT_GE(cost, output("gpt-4o", 300));
    EXPECT_LT(cost, output("gpt-4o", 400));
    auto const all = records();
    EXPECT_EQ(all[0]["kind"], "usage_invalid");
    EXPECT_EQ(all[1]["estimated"], true);
  };
  check(false);
  check(true);
}

TEST_F(UnseenCost, MoreThanTheLimitThatWasAskedForIsBelievedWithinWhatTheModelCan) {
  provider.plays.push_back(whole(
      R"({"id":"c","model":"gpt-4o","choices":[{"index":0,"message":{"role":"assistant","content":"hi"},)"
      R"("finish_reason":"stop"}],"usage":{"prompt_tokens":10,"completion_tokens":9000}})"));
  auto body = asked("gpt-4o");
  body.replace(body.find("40000"), 5, "300");
  body.replace(body.find("true"), 4, "false");
  chat(body);
  EXPECT_GE(totals().settled, output("gpt-4o", 9'000)) << "it is spent, and recorded in full";
  EXPECT_EQ(records().front()["kind"], "budget_overrun");
}

// What ran beside the answer is at another model's price.
TEST_F(UnseenCost, AnAdvisorAndACompactionAreAddedEachAtItsModel) {
  with("", "anthropic: {");
  auto const ask_for = [&](std::string const& iterations) {
    auto const before = totals().settled;
    provider.plays.push_back(whole(
        R"({"id":"m","type":"message","model":"claude-sonnet-5","content":[{"type":"text","text":"hi"}],"stop_reason":"end_turn",)"
        R"("usage":{"input_tokens":1000,"output_tokens":100)" +
        iterations + "}}"));
    auto body = asked("claude-sonnet-5");
    body.replace(body.find("true"), 4, "false");
    auto const x = chat(body);
    EXPECT_EQ(x.status, 200) << x.sent;
    return (totals().settled - before).v;
  };
  std::int64_t const alone = 1000 * 2'000 + 100 * 10'000;  // claude-sonnet-5: 2 and 10 USD a million
  EXPECT_EQ(ask_for(""), alone);
  EXPECT_EQ(
      ask_for(R"(,"iterations":[{"type":"message","input_tokens":1000,"output_tokens":100},)"
              R"({"type":"advisor_message","model":"claude-opus-4-8","input_tokens":500,"output_tokens":20},)"
              R"({"type":"compaction","input_tokens":3000,"output_tokens":40}])"),
      alone + 500 * 5'000 + 20 * 25'000 + 3000 * 2'000 + 40 * 10'000);
  EXPECT_EQ(records().front()["usage"]["input"], 4'500);
  EXPECT_EQ(ask_for(R"(,"iterations":[{"type":"fallback_message","model":"claude-opus-4-8"}])"),
            1000 * 5'000 + 100 * 25'000)
      << "the top level, at the model that took over";
  EXPECT_EQ(ask_for(R"(,"speed":"standard")"), alone);
}

}  // namespace
}  // namespace tsg::pipeline::test
