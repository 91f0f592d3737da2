// Streams of Gemini: events to chunks, an end that is only the end of the body, and failures in all their
// forms.
#include <sstream>

#include "support/chat_bytes.hpp"
#include "unit/providers/gemini_fixture.hpp"

namespace tsg::providers::gemini_test {
namespace gemini_stream_test {

struct Run {
  std::unique_ptr<ChatBytes> decoder;
  std::string out;
  std::optional<Error> error;
  std::vector<Json> chunks() const {
    std::vector<Json> all;
    std::istringstream lines{out};
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("data: ")) all.push_back(Json::parse(line.substr(6)));
    return all;
  }
  std::vector<Json> deltas() const {
    std::vector<Json> all;
    for (auto const& c : chunks()) all.push_back(c["choices"][0]["delta"]);
    return all;
  }
  std::string finish() const {
    std::string all;
    for (auto const& c : chunks())
      if (auto const& f = c["choices"][0]["finish_reason"]; f.is_string()) all += f.get<std::string>() + " ";
    return all;
  }
};

// The same, whole and byte by byte.
Run run(std::string const& wire, DecodeContext const& context = decoding()) {
  Run last;
  for (std::size_t const step : {wire.size(), std::size_t{1}}) {
    Run r{chat_bytes(gemini(), context), "", {}};
    for (std::size_t at = 0; at < wire.size() && !r.error; at += step)
      if (auto fed = r.decoder->feed(std::string_view{wire}.substr(at, step), r.out); !fed)
        r.error = fed.error();
    if (!r.error)
      if (auto end = r.decoder->finish(r.out); !end) r.error = end.error();
    if (last.decoder) {
      EXPECT_EQ(r.out, last.out);
      EXPECT_EQ(r.error.has_value(), last.error.has_value());
    }
    last = std::move(r);
  }
  return last;
}

std::string event(Json const& j) {
  return "data: " + j.dump() + "\r\n\r\n";
}
std::string part(Json parts, std::string const& reason = "") {
  return event(record(candidate(std::move(parts), reason)));
}
Json text(std::string const& s) {
  return {{"text", s}};
}
Json call(std::string const& name, std::string const& signature = "") {
  Json out{{"functionCall", {{"name", name}}}};
  if (!signature.empty()) out["thoughtSignature"] = signature;
  return out;
}

TEST(GeminiStream, SplitsThoughtTextAndCallOfOneEvent) {
  auto const r = run(part({{{"text", "hmm"}, {"thought", true}}, text("I'll look."), call("f", "c2ln")}) +
                     part({text("")}, "STOP"));
  ASSERT_FALSE(r.error);
  auto const deltas = r.deltas();
  EXPECT_EQ(deltas[0], Json({{"role", "assistant"}, {"content", ""}}));
  EXPECT_EQ(deltas[1], Json({{"reasoning_content", "hmm"}}));
  EXPECT_EQ(deltas[2], Json({{"content", "I'll look."}}));
  EXPECT_EQ(deltas[3]["tool_calls"][0]["function"], Json({{"name", "f"}, {"arguments", "{}"}}));
  EXPECT_EQ(deltas[3]["tool_calls"][0]["extra_content"]["google"]["thought_signature"], "c2ln");
  EXPECT_EQ(r.finish(), "tool_calls ");  // the STOP came an event later (trap 10)
  EXPECT_EQ(r.decoder->take_memos().size(), 1u);
}

TEST(GeminiStream, NumbersCallsOfSeveralEvents) {
  auto const r = run(part({call("f")}) + part({call("f"), call("g")}, "STOP"));
  std::vector<std::string> ids;
  for (auto const& d : r.deltas())
    for (auto const& c : d.value("tool_calls", Json::array())) {
      EXPECT_EQ(c["index"], ids.size());
      ids.push_back(c["id"]);
    }
  ASSERT_EQ(ids.size(), 3u);
  EXPECT_NE(ids[0], ids[1]);
}

TEST(GeminiStream, TakesEveryLineEnding) {
  auto wire = part({text("a")}) + part({text("b")}, "STOP");
  auto const want = run(wire).out;
  for (std::string const ending : {"\n", "\r"}) {
    std::string other = wire;
    for (auto i = other.find("\r\n"); i != std::string::npos; i = other.find("\r\n", i))
      other.replace(i, 2, ending);
    EXPECT_EQ(run(other).out, want);
  }
}

TEST(GeminiStream, EndsWithTheBodyAndOnlyAfterAFinishReason) {
  EXPECT_TRUE(run(part({text("a")})).error);
  EXPECT_TRUE(run("").error);
  EXPECT_TRUE(run(part({text("a")}, "STOP") + "data: {\"candidates\"").error);  // cut off inside an event
  auto const r = run(part({text("a")}, "STOP"));
  EXPECT_FALSE(r.error);
  EXPECT_TRUE(r.decoder->done());
}

TEST(GeminiStream, LastsAsLongAsThereIsContentWhateverEarlierEventsSaid) {
  auto const r = run(part({text("a")}, "STOP") + part({text("b")}, "STOP"));
  EXPECT_EQ(r.finish(), "stop ");
  EXPECT_TRUE(run(part({text("a")}, "STOP") + part({text("b")})).error);
}

TEST(GeminiStream, NeedsNoCandidatesNorContentInItsLastEvent) {
  auto const r =
      run(part({text("a")}) + event(record({{"finishReason", "MAX_TOKENS"}, {"index", 0}})) +
          event({{"usageMetadata",
                  {{"promptTokenCount", 9}, {"candidatesTokenCount", 4}, {"totalTokenCount", 13}}}}));
  ASSERT_FALSE(r.error);
  EXPECT_EQ(r.finish(), "length ");
  EXPECT_EQ(r.decoder->usage().input, 9);
  EXPECT_EQ(r.decoder->usage().output, 4);
}

TEST(GeminiStream, TrustsUsageOnlyOnceItCountsTheOutput) {
  Json const early{{"promptTokenCount", 9}, {"totalTokenCount", 9}};
  auto const cut = run(event(record(candidate({text("a")}, ""), early)));
  EXPECT_FALSE(cut.decoder->usage().reported);  // the caller estimates what was cut off
  auto const blocked = run(event({{"promptFeedback", {{"blockReason", "OTHER"}}}, {"usageMetadata", early}}));
  EXPECT_TRUE(blocked.decoder->usage().reported);
}

TEST(GeminiStream, ABlockedPromptIsARefusal) {
  auto const r = run(event({{"promptFeedback", {{"blockReason", "PROHIBITED_CONTENT"}}}}));
  ASSERT_FALSE(r.error);
  EXPECT_EQ(r.finish(), "content_filter ");
  EXPECT_EQ(r.deltas()[1]["refusal"], "The provider blocked this prompt (PROHIBITED_CONTENT).");
}

TEST(GeminiStream, AnErrorBehindAFinishReasonIsStillAnError) {
  std::string const failure = R"({"error":{"code":503,"message":"busy","status":"UNAVAILABLE"}})";
  for (auto const& wire : {"data: " + failure + "\r\n\r\n", failure, "[" + failure + "]\n"}) {
    auto const r = run(part({text("a")}, "STOP") + wire);
    ASSERT_TRUE(r.error) << wire;
    EXPECT_EQ(r.error->code(), Errc::provider_unavailable);
    EXPECT_TRUE(r.error->peek()->billed);
    EXPECT_EQ(r.finish(), "");
    EXPECT_EQ(r.decoder->tail("p", {}), "");
  }
}

TEST(GeminiStream, ReadsABareErrorOfManyLines) {
  std::string const bare =
      "{\n  \"error\": {\n    \"code\": 429,\n    \"message\": \"data: {}\",\n    \"status\": "
      "\"RESOURCE_EXHAUSTED\"\n  }\n}\n";
  EXPECT_EQ(run(bare).error->code(), Errc::provider_rate_limited);
  EXPECT_EQ(run(part({text("a")}) + bare).error->code(), Errc::provider_rate_limited);
  EXPECT_EQ(run(part({text("a")}, "STOP") + "{\n").error->code(), Errc::provider_unavailable);
  EXPECT_EQ(run(part({text("a")}, "STOP") + "[" + std::string(1 << 17, ' ')).error->code(),
            Errc::provider_unavailable);
}

TEST(GeminiStream, AFailureOfTheModelEndsTheStreamAsAnError) {
  auto const r = run(part({text("a")}) + part(Json::array(), "MALFORMED_FUNCTION_CALL"));
  ASSERT_TRUE(r.error);
  EXPECT_EQ(r.finish(), "");
  EXPECT_TRUE(r.decoder->usage_final()) << "its usage came with it";
  EXPECT_EQ(r.decoder->usage().input_total() * 100 + r.decoder->usage().output_total(), 502);
}

TEST(GeminiStream, TheUsageOfAFailureMayCountNoOutput) {
  auto const r =
      run(event(record(candidate(Json::array(), "MALFORMED_FUNCTION_CALL"), {{"promptTokenCount", 7}})));
  ASSERT_TRUE(r.error);
  EXPECT_TRUE(r.decoder->usage().reported);
  EXPECT_EQ(r.decoder->usage().input_total(), 7);
}

TEST(GeminiStream, ARunningCountIsNotFinal) {
  Json silent = record(candidate(Json::array(), "MALFORMED_FUNCTION_CALL"));
  silent.erase("usageMetadata");
  EXPECT_FALSE(run(part({text("a")}) + event(silent)).decoder->usage_final()) << "counted before the failure";
  EXPECT_FALSE(run(part({text("a")})).decoder->usage_final()) << "cut off";
}

TEST(GeminiStream, PutsSignaturesOfTextWhereGooglesOwnClientsLook) {
  auto const r = run(part({text("a")}) + part({{{"text", ""}, {"thoughtSignature", "c2ln"}}}, "STOP"));
  EXPECT_EQ(r.deltas()[2]["extra_content"]["google"]["thought_signature"], "c2ln");
  EXPECT_TRUE(r.decoder->take_memos().empty());  // nothing to know it by
}

TEST(GeminiStream, CitesAtTheEndAndCountsSearchesOnce) {
  Json c = candidate({text("Größe.")}, "STOP");
  c["groundingMetadata"] = {
      {"webSearchQueries", {"a", "b"}},
      {"groundingChunks", {{{"web", {{"uri", "https://h"}, {"title", "t"}}}}}},
      {"groundingSupports", {{{"segment", {{"endIndex", 8}}}, {"groundingChunkIndices", {0}}}}}};
  auto const r = run(event(record(c)) + event(record(candidate({text("")}, "STOP"))));
  auto const deltas = r.deltas();
  EXPECT_EQ(deltas[2]["annotations"][0]["url_citation"]["end_index"], 6);
  EXPECT_EQ(r.decoder->usage().web_searches, 2);
}

TEST(GeminiStream, KeepsCandidatesApart) {
  Json two = candidate({text("b")}, "MAX_TOKENS");
  two["index"] = 1;
  auto const r = run(part({text("a")}, "STOP") + event(record(two)));
  ASSERT_FALSE(r.error);
  std::map<int, std::string> ends;
  for (auto const& c : r.chunks())
    if (auto const& f = c["choices"][0]["finish_reason"]; f.is_string()) ends[c["choices"][0]["index"]] += f;
  EXPECT_EQ(ends, (std::map<int, std::string>{{0, "stop"}, {1, "length"}}));
}

TEST(GeminiStream, CarriesLogprobs) {
  Json c = candidate({text("a")}, "STOP");
  c["logprobsResult"]["chosenCandidates"] = {{{"token", "a"}, {"logProbability", -0.25}}};
  bool seen = false;
  for (auto const& chunk : run(event(record(c))).chunks())
    if (auto const& l = chunk["choices"][0]["logprobs"]; l.is_object())
      seen = l["content"][0]["logprob"] == -0.25;
  EXPECT_TRUE(seen);
}

TEST(GeminiStream, HasOneIdAndOneModelThroughout) {
  Json late = record(candidate({text("b")}, "STOP"));
  late["modelVersion"] = "another";
  late.erase("responseId");
  auto const r = run(part({text("a")}) + event(late));
  for (auto const& c : r.chunks()) {
    EXPECT_EQ(c["id"], decoding().id);
    EXPECT_EQ(c["model"], kFlash);
  }
  EXPECT_EQ(r.decoder->upstream_id(), "r1");
}

}  // namespace gemini_stream_test
}  // namespace tsg::providers::gemini_test
