// Whole answers, usage and errors of Gemini in OpenAI's shape.
#include "unit/providers/gemini_fixture.hpp"

namespace tsg::providers::gemini_test {
namespace gemini_decode_test {

Json message(Json const& native) {
  return answered(native)["choices"][0]["message"];
}
Json text(std::string const& s) {
  return {{"text", s}};
}

TEST(GeminiDecode, JoinsTextAndKeepsThoughtsApart) {
  auto const out =
      answered(record(candidate({{{"text", "hmm"}, {"thought", true}}, text("Hel"), text("lo")})));
  EXPECT_EQ(out["choices"][0]["message"]["content"], "Hello");
  EXPECT_EQ(out["choices"][0]["message"]["reasoning_content"], "hmm");
  EXPECT_EQ(out["content"], "Hello");
  EXPECT_EQ(out["model"], kFlash);
  EXPECT_EQ(out["choices"][0]["finish_reason"], "stop");
}

TEST(GeminiDecode, GivesCallsTheirOwnIdsOrMadeOnes) {
  auto const calls =
      message(record(candidate({{{"functionCall", {{"id", "fc1"}, {"name", "f"}, {"args", {{"a", 1}}}}}},
                                {{"functionCall", {{"name", "g"}}}},
                                {{"functionCall", {{"name", "g"}}}}})))["tool_calls"];
  EXPECT_EQ(calls[0]["id"], "fc1");
  EXPECT_EQ(calls[0]["function"]["arguments"], R"({"a":1})");
  EXPECT_EQ(calls[1]["function"]["arguments"], "{}");
  EXPECT_EQ(calls[1]["id"],
            "call_70008000012345678"
            "9ab0000");
  EXPECT_EQ(calls[2]["id"],
            "call_70008000012345678"
            "9ab0001");
}

TEST(GeminiDecode, CallsStopCallsToolCalls) {
  auto const out = answered(record(candidate({{{"functionCall", {{"name", "g"}}}}})));
  EXPECT_EQ(out["choices"][0]["finish_reason"], "tool_calls");
  EXPECT_EQ(out["choices"][0]["message"]["content"], nullptr);
}

TEST(GeminiDecode, SpeaksEachFinishReason) {
  auto const finish = [](std::string const& reason, Json parts) {
    return answered(record(candidate(std::move(parts), reason)))["choices"][0]["finish_reason"];
  };
  EXPECT_EQ(finish("MAX_TOKENS", Json::array()), "length");
  EXPECT_EQ(finish("OTHER", {text("x")}), "stop");
  for (auto const* reason :
       {"SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "LANGUAGE", "IMAGE_SAFETY"})
    EXPECT_EQ(finish(reason, Json::array()), "content_filter") << reason;
}

TEST(GeminiDecode, FailuresOfTheModelAreNoAnswers) {
  for (auto const* reason : {"MALFORMED_FUNCTION_CALL", "UNEXPECTED_TOOL_CALL", "TOO_MANY_TOOL_CALLS",
                             "MISSING_THOUGHT_SIGNATURE", "MALFORMED_RESPONSE", "OTHER"}) {
    auto const answer = gemini().decode(record(candidate(Json::array(), reason)).dump(), decoding());
    ASSERT_FALSE(answer) << reason;
    EXPECT_EQ(answer.error().code(), Errc::provider_unavailable);
    EXPECT_TRUE(answer.error().peek()->billed);
    EXPECT_NE(std::string{answer.error().message()}.find(reason), std::string::npos);
    auto const told = gemini().told_usage(record(candidate(Json::array(), reason)).dump(), decoding());
    EXPECT_TRUE(told.reported) << "but they are billed, and the body says what";
    EXPECT_EQ(told.input_total() * 100 + told.output_total(), 502);
  }
}

TEST(GeminiDecode, WhatDoesNotSayItsUsageTellsNone) {
  for (std::string const body : {"", "{", "[]", R"({"error":{"code":500,"message":"m"}})"})
    EXPECT_FALSE(gemini().told_usage(body, decoding()).reported) << body;
  auto const wrong = record(candidate(Json::array(), "OTHER"), {{"promptTokenCount", -5}});
  EXPECT_TRUE(gemini().told_usage(wrong.dump(), decoding()).invalid);
}

TEST(GeminiDecode, ABlockedPromptIsAFilteredAnswer) {
  Json native = record(Json::object());
  native.erase("candidates");
  native["promptFeedback"]["blockReason"] = "SAFETY";
  auto const out = answered(native);
  EXPECT_EQ(out["choices"][0]["finish_reason"], "content_filter");
  EXPECT_EQ(out["choices"][0]["message"]["refusal"], "The provider blocked this prompt (SAFETY).");
  native.erase("promptFeedback");
  EXPECT_FALSE(gemini().decode(native.dump(), decoding()));  // nothing at all is no answer
}

TEST(GeminiDecode, CitesInCharactersNotBytes) {
  Json c = candidate({{{"text", "no"}, {"thought", true}}, text("Größe 7. "), text("Ja 😀!")});
  c["groundingMetadata"] = {
      {"webSearchQueries", {"a", "b"}},
      {"groundingChunks",
       {{{"web", {{"uri", "https://h/1"}, {"title", "one"}}}}, {{"retrievedContext", {{"text", "x"}}}}}},
      {"groundingSupports",
       {{{"segment", {{"partIndex", 1}, {"endIndex", 8}}}, {"groundingChunkIndices", {0, 1, 9}}},
        {{"segment", {{"partIndex", 2}, {"startIndex", 3}, {"endIndex", 8}}},
         {"groundingChunkIndices", {0}}}}}};
  auto const annotations = message(record(c))["annotations"];
  ASSERT_EQ(annotations.size(), 2u);
  EXPECT_EQ(annotations[0],
            Json({{"type", "url_citation"},
                  {"url_citation",
                   {{"start_index", 0}, {"end_index", 6}, {"url", "https://h/1"}, {"title", "one"}}}}));
  EXPECT_EQ(annotations[1]["url_citation"]["start_index"], 12);
  EXPECT_EQ(annotations[1]["url_citation"]["end_index"], 14);
}

TEST(GeminiDecode, BillsSearchesInTheModelsUnit) {
  Json c = candidate({text("x")});
  c["groundingMetadata"]["webSearchQueries"] = {"a", "b"};
  auto context = decoding();
  for (auto const& [model, searches] : {std::pair{kFlash, 2}, {kOld, 1}}) {
    context.family = models().find("gemini", model);
    EXPECT_EQ(gemini().decode(record(c).dump(), context)->usage.web_searches, searches) << model;
  }
}

TEST(GeminiDecode, GivesLogprobsAndSeveralCandidates) {
  Json one = candidate({text("a")}), two = candidate({text("b")}, "MAX_TOKENS");
  two["index"] = 1;
  one["logprobsResult"] = {
      {"chosenCandidates", {{{"token", "é"}, {"tokenId", 1}, {"logProbability", -0.5}}}},
      {"topCandidates", {{{"candidates", {{{"token", "é"}, {"logProbability", -0.5}}, {{"token", "z"}}}}}}}};
  Json native = record(one);
  native["candidates"].push_back(two);
  auto const choices = answered(native)["choices"];
  EXPECT_EQ(choices[1]["index"], 1);
  EXPECT_EQ(choices[1]["finish_reason"], "length");
  auto const logprob = choices[0]["logprobs"]["content"][0];
  EXPECT_EQ(logprob["logprob"], -0.5);
  EXPECT_EQ(logprob["bytes"], Json({0xc3, 0xa9}));
  EXPECT_EQ(logprob["top_logprobs"][1]["logprob"], 0);
}

// -- usage
// ---------------------------------------------------------------------------------------------------------------

catalog::Usage usage(Json const& metadata) {
  return gemini().decode(record(candidate({text("x")}), metadata).dump(), decoding())->usage;
}

TEST(GeminiUsage, IsDisjoint) {
  auto const u =
      usage({{"promptTokenCount", 100},
             {"cachedContentTokenCount", 40},
             {"toolUsePromptTokenCount", 7},
             {"candidatesTokenCount", 20},
             {"thoughtsTokenCount", 30},
             {"totalTokenCount", 157},
             {"promptTokensDetails",
              {{{"modality", "AUDIO"}, {"tokenCount", 25}},
               {{"modality", "IMAGE"}, {"tokenCount", 10}},
               {{"modality", "TEXT"}, {"tokenCount", 65}}}},
             {"cacheTokensDetails",
              {{{"modality", "AUDIO"}, {"tokenCount", 5}}, {{"modality", "TEXT"}, {"tokenCount", 35}}}}});
  EXPECT_TRUE(u.reported);
  EXPECT_EQ(u.cached_input, 35);
  EXPECT_EQ(u.cached_input_audio, 5);
  EXPECT_EQ(u.input_audio, 20);
  EXPECT_EQ(u.input_image, 10);
  EXPECT_EQ(u.input, 37);  // 30 of the prompt, 7 of tools
  EXPECT_EQ(u.input_total(), 107);
  EXPECT_EQ(u.output, 20);
  EXPECT_EQ(u.reasoning, 30);
}

TEST(GeminiUsage, TakesStringsForNumbersAndAbsentOnesForZero) {
  auto const u = usage({{"promptTokenCount", "12"}, {"totalTokenCount", "12"}});
  EXPECT_TRUE(u.reported);
  EXPECT_EQ(u.input, 12);
  EXPECT_EQ(u.output_total(), 0);
}

TEST(GeminiUsage, NoticesThoughtsInsideTheCandidates) {
  auto const u = usage({{"promptTokenCount", 10},
                        {"candidatesTokenCount", 50},
                        {"thoughtsTokenCount", 30},
                        {"totalTokenCount", 60}});
  EXPECT_EQ(u.reasoning, 30);
  EXPECT_EQ(u.output, 20);
}

TEST(GeminiUsage, IsUnknownWhereNumbersAreNone) {
  EXPECT_FALSE(usage({{"promptTokenCount", -1}}).reported);
  EXPECT_FALSE(usage({{"promptTokenCount", 1.5}}).reported);
  EXPECT_FALSE(usage({{"promptTokenCount", 1}, {"candidatesTokenCount", "many"}}).reported);
  EXPECT_FALSE(usage({{"candidatesTokenCount", 1}}).reported);
  EXPECT_EQ(usage({{"promptTokenCount", 1}, {"serviceTier", "flex"}}).service_tier, "flex");
}

// -- embeddings
// -----------------------------------------------------------------------------------------------------------

TEST(GeminiEmbeddings, AreListsOfNumbersOrPackedFloats) {
  auto context = asking(false, Operation::embeddings);
  std::string const body = R"({"embeddings":[{"values":[0.5,-1.25e-3]},{"values":[1,2]}]})";
  auto const plain = gemini().decode(body, context);
  ASSERT_TRUE(plain);
  EXPECT_NE(plain->verbatim->body.find("[0.5,-1.25e-3]"), std::string::npos);  // as the provider wrote it
  EXPECT_FALSE(plain->usage.reported);
  context.base64_embeddings = true;
  auto const packed = Json::parse(gemini().decode(body, context)->verbatim->body);
  EXPECT_EQ(packed["data"][1]["embedding"], "AACAPwAAAEA=");
  EXPECT_EQ(packed["data"][1]["index"], 1);
  EXPECT_TRUE(gemini()
                  .decode(R"({"embedding":{"values":[1]},"usageMetadata":{"promptTokenCount":3}})", context)
                  ->usage.reported);
  EXPECT_FALSE(gemini().decode(R"({"embeddings":[]})", context));
  EXPECT_FALSE(gemini().decode(R"({"embeddings":[{"values":["x"]}]})", context));
}

// -- errors
// -----------------------------------------------------------------------------------------------------------------

Json error(int code, std::string const& status, std::string const& message = "m",
           Json details = Json::array()) {
  return {
      {"error", {{"code", code}, {"status", status}, {"message", message}, {"details", std::move(details)}}}};
}
Error failure(int status, Json const& body) {
  return gemini().decode_error(status, body.dump(), no_field);
}
Json daily() {
  return {{{"violations", {{{"quotaId", "GenerateRequestsPerDayPerProjectPerModel"}}}}}};
}

TEST(GeminiErrors, ReadTheContractsTable) {
  struct {
    int status;
    std::string name, message;
    Errc want;
  } const table[] = {
      {400, "INVALID_ARGUMENT", "bad", Errc::provider_rejected},
      {400, "INVALID_ARGUMENT", "The input token count (9) exceeds the maximum number of tokens allowed (8).",
       Errc::context_length_exceeded},
      {400, "FAILED_PRECONDITION", "billing", Errc::provider_quota_exhausted},
      {401, "UNAUTHENTICATED", "key", Errc::provider_auth_failed},
      {403, "PERMISSION_DENIED", "key", Errc::provider_auth_failed},
      {404, "NOT_FOUND", "model", Errc::provider_rejected},
      {429, "RESOURCE_EXHAUSTED", "rate", Errc::provider_rate_limited},
      {499, "CANCELLED", "gone", Errc::provider_unavailable},
      {500, "INTERNAL", "oops", Errc::provider_unavailable},
      {503, "UNAVAILABLE", "busy", Errc::provider_unavailable},
      {504, "DEADLINE_EXCEEDED", "slow", Errc::provider_timeout},
  };
  for (auto const& row : table) {
    auto const body = error(row.status, row.name, row.message);
    EXPECT_EQ(failure(row.status, body).code(), row.want) << row.name;
    EXPECT_EQ(failure(row.status, Json::array({body})).code(), row.want) << row.name << " in an array";
  }
}

TEST(GeminiErrors, AnInvalidKeyComesAs400AndIsNotTheClientsFault) {
  auto const e =
      failure(400, error(400, "INVALID_ARGUMENT", "API key not valid.", {{{"reason", "API_KEY_INVALID"}}}));
  EXPECT_EQ(e.code(), Errc::provider_auth_failed);
  EXPECT_EQ(e.message(), "");
  auto const expired =
      failure(400, error(400, "INVALID_ARGUMENT", "renew it", {{{"reason", "API_KEY_EXPIRED"}}}));
  EXPECT_EQ(expired.code(), Errc::provider_auth_failed);
}

TEST(GeminiErrors, TellWhenToTryAgain) {
  auto const wait = [](std::string const& delay) {
    return failure(429, error(429, "RESOURCE_EXHAUSTED", "m", {{{"retryDelay", delay}}})).peek()->retry_after;
  };
  EXPECT_EQ(wait("34.4s"), std::chrono::milliseconds{34'400});
  EXPECT_EQ(wait("0s"), std::chrono::milliseconds{0});
  for (auto const* bad : {"34", "-1s", "1e99s", "s", "nans", ""}) EXPECT_FALSE(wait(bad)) << bad;
}

TEST(GeminiErrors, ALimitPerDayIsNoRate) {
  EXPECT_EQ(failure(429, error(429, "RESOURCE_EXHAUSTED", "m", daily())).code(),
            Errc::provider_quota_exhausted);
}

TEST(GeminiErrors, AreFoundInsideA200) {
  auto const answer = gemini().decode(error(503, "UNAVAILABLE").dump(), decoding());
  EXPECT_EQ(answer.error().code(), Errc::provider_unavailable);
  auto const listed = gemini().decode(Json::array({error(429, "RESOURCE_EXHAUSTED")}).dump(), decoding());
  EXPECT_EQ(listed.error().code(), Errc::provider_rate_limited);
  Json nameless{{"error", {{"status", "RESOURCE_EXHAUSTED"}}}};
  EXPECT_EQ(gemini().decode(nameless.dump(), decoding()).error().code(), Errc::provider_rate_limited);
}

}  // namespace gemini_decode_test
}  // namespace tsg::providers::gemini_test
