#include <nlohmann/json.hpp>

#include "support/chat_bytes.hpp"
#include "unit/providers/request_fixture.hpp"

namespace tsg::providers {
namespace openai_stream_test {

std::string chunk(std::string_view choices, std::string_view more = "") {
  return R"({"id":"c1","object":"chat.completion.chunk","created":7,"model":"gpt-x","choices":[)" +
         std::string{choices} + "]" + std::string{more} + "}";
}
std::string delta(std::string_view d, std::string_view finish = "null", int index = 0) {
  return R"({"index":)" + std::to_string(index) + R"(,"delta":)" + std::string{d} + R"(,"finish_reason":)" +
         std::string{finish} + "}";
}
std::string ev(std::string_view data) {
  return "data: " + std::string{data} + "\n\n";
}
std::string const role = chunk(delta(R"({"role":"assistant","content":""})"));
std::string const hi = chunk(delta(R"({"content":"Hi"})"));
std::string const stop = chunk(delta("{}", R"("stop")"));
std::string const usage =
    chunk("", R"(,"usage":{"prompt_tokens":16,"completion_tokens":1,"total_tokens":17})");
std::string const done = ev("[DONE]");

struct Run {
  std::unique_ptr<ChatBytes> decoder;
  std::string out;
  Result<> fed, finished;
};
Run run(std::string const& wire, bool include_usage = false) {
  Run r{chat_bytes(*adapter_for("openai"), asking(include_usage)), "", {}, {}};
  r.fed = r.decoder->feed(wire, r.out);
  if (r.fed) r.finished = r.decoder->finish(r.out);
  return r;
}

TEST(OpenAiStream, EventsPassAsTheProviderWroteThem) {
  auto const r = run(": ping\n\n" + ev(role) + ev(hi) + ev(stop) + ev(usage) + done);
  ASSERT_TRUE(r.fed && r.finished);
  EXPECT_EQ(r.out, ev(role) + ev(hi) + ev(stop));
  EXPECT_TRUE(r.decoder->done());
  EXPECT_EQ(r.decoder->model(), "gpt-x");
  EXPECT_EQ(r.decoder->upstream_id(), "c1");
  EXPECT_EQ(r.decoder->output_bytes(), 2);
  EXPECT_EQ(r.decoder->usage().input, 16);
  EXPECT_EQ(r.decoder->tail("p", Nano{5}), done);
}

TEST(OpenAiStream, TheUsageChunkComesLastWithOurMembers) {
  auto const r = run(ev(hi) + ev(stop) + ev(usage) + done, true);
  EXPECT_EQ(
      r.decoder->tail("main", Nano{1500}),
      ev(R"({"id":"c1","object":"chat.completion.chunk","created":7,"model":"gpt-x","choices":[],"usage":{"prompt_tokens":16,"completion_tokens":1,"total_tokens":17,"input_tokens":16,"output_tokens":1,"cost_usd":0.0000015},"provider":"main"})") +
          done);
}

TEST(OpenAiStream, UsageNullIsShownOnlyToThoseWhoAsked) {
  auto const with_null = chunk(delta(R"({"content":"Hi"})"), R"(,"usage":null,"obfuscation":"xyz")");
  EXPECT_EQ(run(ev(with_null)).out, ev(chunk(delta(R"({"content":"Hi"})"), R"(,"obfuscation":"xyz")")));
  EXPECT_EQ(run(ev(with_null), true).out, ev(with_null));
}

TEST(OpenAiStream, UsageOnTheFinishChunkMovesToOneOfItsOwn) {
  auto const both =
      chunk(delta("{}", R"("stop")"), R"(,"usage":{"prompt_tokens":3,"completion_tokens":1,"cost_usd":7})");
  auto const r = run(ev(hi) + ev(both) + done, true);
  ASSERT_TRUE(r.finished);
  EXPECT_EQ(r.out, ev(hi) + ev(chunk(delta("{}", R"("stop")"), R"(,"usage":null)")));
  auto const tail = r.decoder->tail("p", std::nullopt);
  auto const last = nlohmann::json::parse(tail.substr(6, tail.find("\n\n") - 6));
  EXPECT_TRUE(last["choices"].empty());
  EXPECT_EQ(last["usage"]["input_tokens"], 3);
  EXPECT_TRUE(last["usage"]["cost_usd"].is_null());
  EXPECT_EQ(last["id"], "c1");
  EXPECT_EQ(run(ev(hi) + ev(both) + done).out, ev(hi) + ev(stop));
}

TEST(OpenAiStream, UsageNobodyReportedIsNullUntilSomebodyEstimates) {
  auto r = run(ev(hi) + ev(stop) + done, true);
  EXPECT_FALSE(r.decoder->usage().reported);
  EXPECT_NE(r.decoder->tail("p", Nano{1}).find(R"("usage":null,"provider":"p"})"), std::string::npos);
  catalog::Usage estimate;
  estimate.input = 9;
  estimate.output = 4;
  r.decoder->adopt(estimate);
  EXPECT_NE(
      r.decoder->tail("p", Nano{1}).find(R"("input_tokens":9,"output_tokens":4,"cost_usd":0.000000001)"),
      std::string::npos);
}

TEST(OpenAiStream, ContentStartsWithTheFirstPayload) {
  auto const starts = [](std::string_view d) { return run(ev(chunk(delta(d)))).decoder->content_started(); };
  for (auto const* d : {R"({"role":"assistant","content":""})", R"({"content":null,"refusal":null})",
                        R"({"tool_calls":[]})", "{}"})
    EXPECT_FALSE(starts(d)) << d;
  for (auto const* d :
       {R"({"content":" "})", R"({"refusal":"no"})", R"({"reasoning_content":"hm"})",
        R"({"tool_calls":[{"index":0,"id":"c","type":"function","function":{"name":"f","arguments":""}}]})",
        R"({"audio":{"data":"AA"}})", R"({"function_call":{"name":"f"}})"})
    EXPECT_TRUE(starts(d)) << d;
}

TEST(OpenAiStream, OutputBytesAreThoseOfTheTextNotOfItsSpelling) {
  EXPECT_EQ(run(ev(chunk(delta(R"({"content":"a\n\"é\u00e9"})")))).decoder->output_bytes(),
            8);  // \u00e9 counts 3
  EXPECT_EQ(
      run(ev(chunk(delta(
              R"({"tool_calls":[{"index":0,"id":"ignored","function":{"name":"ab","arguments":"{\"x\":1}"}}]})"))))
          .decoder->output_bytes(),
      9);
}

TEST(OpenAiStream, OneFinishReasonPerChoice) {
  EXPECT_EQ(run(ev(hi) + ev(stop) + ev(stop) + done).out, ev(hi) + ev(stop));
  auto const two =
      run(ev(chunk(delta(R"({"content":"a"})"))) + ev(chunk(delta(R"({"content":"b"})", "null", 1))) +
          ev(stop) + ev(chunk(delta("{}", R"("length")", 1))) + done);
  ASSERT_TRUE(two.finished);
  auto const mixed = run(ev(hi) + ev(chunk(delta("{}", R"("stop")") + "," + delta("{}", "null", 1))) +
                         ev(chunk(delta("{}", R"("stop")") + "," + delta("{}", R"("stop")", 1))) + done);
  ASSERT_TRUE(mixed.finished);
  EXPECT_TRUE(mixed.out.ends_with(ev(chunk(delta("{}", "null") + "," + delta("{}", R"("stop")", 1)))));
}

TEST(OpenAiStream, LooseFinishReasonsAreMadeLegal) {
  EXPECT_EQ(
      run(ev(hi) + ev(chunk(delta("{}", R"("")"))) + ev(chunk(delta("{}", R"("tool_use")"))) + done).out,
      ev(hi) + ev(chunk(delta("{}", "null"))) + ev(chunk(delta("{}", R"("tool_calls")"))));
}

TEST(OpenAiStream, AfterTheEndOnlyUsageIsTolerated) {
  auto const late_usage =
      chunk(delta(R"({"content":""})"), R"(,"usage":{"prompt_tokens":1,"completion_tokens":2})");
  auto const ok = run(ev(hi) + ev(stop) + ev(late_usage) + done);
  EXPECT_TRUE(ok.finished);
  EXPECT_EQ(ok.out, ev(hi) + ev(stop));
  EXPECT_EQ(ok.decoder->usage().output, 2);
  EXPECT_FALSE(run(ev(hi) + ev(stop) + ev(hi) + done).fed);
}

TEST(OpenAiStream, BytesAfterTheTerminatorAreIgnored) {
  auto const r = run(ev(hi) + ev(stop) + done + ev(hi) + "data: {broken\n\n");
  EXPECT_TRUE(r.fed && r.finished);
  EXPECT_EQ(r.out, ev(hi) + ev(stop));
}

TEST(OpenAiStream, NeverACleanEndWithoutTheTerminator) {
  for (auto const& wire : {std::string{}, ev(hi), ev(role), ev(usage), ev(hi) + ev(stop) + "data: [DON"}) {
    auto const r = run(wire);
    ASSERT_TRUE(r.fed) << wire;
    ASSERT_FALSE(r.finished) << wire;
    EXPECT_EQ(r.finished.error().code(), Errc::provider_unavailable);
    EXPECT_TRUE(r.finished.error().peek()->billed);
    EXPECT_EQ(r.decoder->tail("p", std::nullopt), "");
  }
  EXPECT_TRUE(run(ev(hi) + ev(stop) + "data: [DONE]\n").finished);  // said, if not with all its line ends
}

// Contract §3: a client that stops reading at finish_reason "stop" would take half an answer for a whole one.
TEST(OpenAiStream, NoFinishReasonStandsBeforeAnError) {
  EXPECT_EQ(run(ev(hi) + ev(stop) + ev(R"({"error":{"message":"m"}})")).out, ev(hi));
  auto const second = ev(chunk(delta(R"({"content":"b"})", "null", 1)));
  auto const end = ev(chunk(delta("{}", R"("length")", 1)));
  // The end of one choice does not hold up the text of another.
  EXPECT_EQ(run(ev(hi) + ev(stop) + second).out, ev(hi) + second);
  EXPECT_FALSE(run(ev(hi) + ev(stop) + second).finished);
  EXPECT_EQ(run(ev(hi) + ev(stop) + second + end + done).out, ev(hi) + second + ev(stop) + end);
  auto const both = ev(chunk(delta("{}", R"("stop")") + "," + delta(R"({"content":"b"})", "null", 1)));
  EXPECT_EQ(run(ev(hi) + both + second + end + done).out, ev(hi) + both + second + end);
}

TEST(OpenAiStream, DoneBeforeTheAnswerEndedIsNoEnd) {
  for (auto const& wire : {done, ev(role) + done, ev(hi) + done,
                           ev(stop) + ev(chunk(delta(R"({"content":"b"})", "null", 1))) + done})
    EXPECT_FALSE(run(wire).fed) << wire;
}

TEST(OpenAiStream, ErrorEventsEndIt) {
  auto const r = run(
      ev(hi) +
      ev(R"({"error":{"message":"The server had an error","type":"server_error","param":null,"code":null}})") +
      done);
  ASSERT_FALSE(r.fed);
  EXPECT_EQ(r.fed.error().code(), Errc::provider_unavailable);
  EXPECT_TRUE(r.fed.error().peek()->billed);
  EXPECT_EQ(r.out, ev(hi));
  EXPECT_FALSE(r.decoder->done());
  std::string out;
  EXPECT_FALSE(r.decoder->feed(done, out));
  EXPECT_FALSE(r.decoder->finish(out));
  auto const quota = run(ev(R"({"error":{"message":"m","code":"insufficient_quota"}})"));
  EXPECT_EQ(quota.fed.error().code(), Errc::provider_quota_exhausted);
  EXPECT_FALSE(quota.fed.error().peek()->billed);
  EXPECT_FALSE(run("event: error\ndata: {\"message\":\"x\"}\n\n").fed);
}

TEST(OpenAiStream, UsageBehindTheEndIsFinalWhateverComesAfter) {
  auto const error = ev(R"({"error":{"message":"m","type":"server_error"}})");
  EXPECT_TRUE(run(ev(hi) + ev(stop) + ev(usage) + error).decoder->usage_final());
  EXPECT_FALSE(run(ev(hi) + ev(stop) + error).decoder->usage_final());
  auto const counts =
      chunk(delta(R"({"content":"Hi"})"), R"(,"usage":{"prompt_tokens":1,"completion_tokens":1})");
  EXPECT_FALSE(run(ev(counts) + error).decoder->usage_final()) << "it was still counting";
  EXPECT_TRUE(run(ev(hi) + ev(usage) + done).decoder->usage_final()) << "no answer, but a count of its end";
  EXPECT_FALSE(run(ev(usage) + ev(hi) + done).decoder->usage_final());
}

TEST(OpenAiStream, NonsenseIsAnError) {
  for (auto const* data :
       {"{", "[]", "7", "{}", R"({"choices":{}})", R"({"choices":[7]})",
        R"({"choices":[{"index":128,"delta":{}}]})", R"({"choices":[{"index":-1,"delta":{}}]})",
        "{\"choices\":[],\"choices\":[]}", "\xff"}) {
    auto const r = run(ev(data));
    ASSERT_FALSE(r.fed) << data;
    EXPECT_EQ(r.fed.error().peek()->status, 502);
    EXPECT_FALSE(r.fed.error().peek()->log.empty());
  }
}

TEST(OpenAiStream, AnEventOfSeveralLinesLeavesAsOne) {
  EXPECT_EQ(run("data: {\"choices\":\ndata: [" + delta(R"({"content":"x"})") + "]}\n\n").out,
            ev(R"({"choices": [)" + delta(R"({"content":"x"})") + "]}"));
}

TEST(OpenAiStream, ChunksWithoutChoicesPassIfTheySaySomething) {
  auto const moderation = chunk("", R"(,"moderation":{"input":{}})");
  EXPECT_EQ(run(ev(moderation)).out, ev(moderation));
  EXPECT_EQ(run(ev(chunk("", R"(,"prompt_filter_results":[])"))).out, "");
}

TEST(OpenAiStream, ForeignProviderAndNullErrorAreTakenOut) {
  EXPECT_EQ(run(ev(chunk(delta(R"({"content":"x"})"), R"(,"provider":"Novita","error":null)"))).out,
            ev(chunk(delta(R"({"content":"x"})"))));
}

}  // namespace openai_stream_test
}  // namespace tsg::providers
