#include <nlohmann/json.hpp>

#include "support/chat_bytes.hpp"
#include "unit/providers/request_fixture.hpp"

namespace tsg::providers {
namespace decode_test {

using Json = nlohmann::json;

constexpr std::string_view plain =
    R"({ "id":"c1","object":"chat.completion","created":1,"model":"gpt-x","choices":[{"index":0,"message":{"role":"assistant","content":"H\u00e9 \"x\""},"finish_reason":"stop"}], "usage":{"prompt_tokens":16,"completion_tokens":3,"total_tokens":19} })";

Answer decoded(std::string_view body, Operation op = Operation::chat) {
  auto a = adapter_for("openai")->decode(body, asking(false, op));
  if (!a) ADD_FAILURE() << a.error().peek()->log;
  return a ? std::move(*a) : Answer{};
}
Error failure(std::string_view body) {
  auto a = adapter_for("openai")->decode(body, asking());
  return a ? Error{Errc::client_gone} : a.error();
}
std::string around(std::string_view usage) {
  return R"({"model":"m","choices":[{"index":0,"message":{"content":"x"},"finish_reason":"stop"}],"usage":)" +
         std::string{usage} + "}";
}

TEST(OpenAiDecode, BytesStayAndOursAreSplicedIn) {
  auto const a = decoded(plain);
  EXPECT_EQ(a.verbatim->body, plain);
  EXPECT_EQ(a.verbatim->content, R"("H\u00e9 \"x\"")");
  EXPECT_EQ(a.model, "gpt-x");
  EXPECT_EQ(a.upstream_id, "c1");
  EXPECT_EQ(a.choices.at(0).stop, conversation::Stop::end);
  auto const whole = finish_answer(a, asking(), "main-openai", Nano{9'300'000});
  EXPECT_EQ(
      whole,
      std::string{plain.substr(0, plain.size() - 3)} +
          R"(,"input_tokens":16,"output_tokens":3,"cost_usd":0.0093} ,"content":"H\u00e9 \"x\"","provider":"main-openai"})");
  EXPECT_EQ(Json::parse(whole)["content"], "Hé \"x\"");
}

TEST(OpenAiDecode, NoPriceIsNull) {
  EXPECT_TRUE(
      Json::parse(finish_answer(decoded(plain), asking(), "p", std::nullopt))["usage"]["cost_usd"].is_null());
}

TEST(OpenAiDecode, UsageThatNamesAMemberTwiceIsNoBrokenAnswer) {
  auto const same = decoded(around(
      R"({"prompt_tokens":16,"prompt_tokens":16,"completion_tokens":3,"completion_tokens_details":{"reasoning_tokens":1,"reasoning_tokens":1}})"));
  EXPECT_EQ(same.usage.input, 16);
  EXPECT_EQ(same.usage.reasoning, 1);
  EXPECT_TRUE(tsg::json::scan(same.verbatim->body, {}))
      << "and strict readers can read it: " << same.verbatim->body;
  for (
      auto const* usage :
      {R"({"prompt_tokens":16,"prompt_tokens":17,"completion_tokens":3})",
       R"({"prompt_tokens":16,"completion_tokens":3,"completion_tokens_details":{"reasoning_tokens":1,"reasoning_tokens":2}})"}) {
    auto const other = decoded(around(usage));
    EXPECT_TRUE(other.usage.invalid) << usage;
    EXPECT_FALSE(other.usage.reported);
    EXPECT_TRUE(tsg::json::scan(other.verbatim->body, {})) << other.verbatim->body;
  }
  for (
      auto const* elsewhere :
      {R"({"model":"m","model":"n","choices":[{"index":0,"message":{"content":"x"},"finish_reason":"stop"}]})",
       R"({"model":"m","choices":[{"index":0,"message":{"content":"x","content":"y"},"finish_reason":"stop"}]})",
       R"({"model":"m","choices":[{"index":0,"usage":{"a":1,"a":2},"message":{"content":"x"},"finish_reason":"stop"}]})"})
    EXPECT_EQ(failure(elsewhere).code(), Errc::provider_unavailable)
        << "what is read as text must be read the same by everybody: " << elsewhere;
}

TEST(OpenAiDecode, UsageIsMadeWhereThereIsNone) {
  for (auto const* usage : {"null", "7"}) {
    auto a = decoded(around(usage));
    EXPECT_FALSE(a.usage.reported);
    a.usage.input = 5;
    a.usage.output = 2;
    auto const whole = Json::parse(finish_answer(a, asking(), "p", Nano{1}));
    EXPECT_EQ(whole["usage"]["prompt_tokens"], 5);
    EXPECT_EQ(whole["usage"]["output_tokens"], 2);
  }
}

TEST(OpenAiDecode, NoKeyTwice) {
  auto const a = decoded(
      R"({"provider":"theirs","content":"theirs","error":null,"model":"m","choices":[{"index":0,"message":{"content":null},"finish_reason":"tool_calls"}],"usage":{"cost_usd":9,"prompt_tokens":1,"input_tokens":8,"completion_tokens":1,"output_tokens":8,"total_tokens":2}})");
  auto const whole = finish_answer(a, asking(), "ours", Nano{5});
  EXPECT_EQ(
      whole,
      R"({"model":"m","choices":[{"index":0,"message":{"content":null},"finish_reason":"tool_calls"}],"usage":{"prompt_tokens":1,"completion_tokens":1,"total_tokens":2,"input_tokens":1,"output_tokens":1,"cost_usd":0.000000005},"content":"","provider":"ours"})");
}

TEST(OpenAiDecode, ContentIsThatOfChoiceZero) {
  auto const a = decoded(
      R"({"choices":[{"index":1,"message":{"content":"one"},"finish_reason":"length"},{"index":0,"message":{"content":"zero"},"finish_reason":"stop"}]})");
  EXPECT_EQ(a.verbatim->content, R"("zero")");
  EXPECT_EQ(a.choices.at(0).stop, conversation::Stop::end);
  EXPECT_EQ(a.model, "asked");
}

TEST(OpenAiDecode, FinishReasonsAreMadeLegal) {
  auto const a = decoded(R"({"choices":[{"index":0,"message":{"content":"x"},"finish_reason":"tool_use"}]})");
  EXPECT_EQ(a.choices.at(0).stop, conversation::Stop::calls);
  EXPECT_NE(a.verbatim->body.find(R"("finish_reason":"tool_calls")"), std::string::npos);
}

TEST(OpenAiDecode, NonsenseIsABrokenAnswerThatMayHaveBeenBilled) {
  for (auto const* body :
       {"", "<html>busy</html>", "[]", "{}", "{\"choices\":[]}", R"({"choices":[{"index":0}]})",
        R"({"choices":[)", R"({"choices":{}})", R"({"data":[]})", R"({"choices":[],"choices":[]})"}) {
    auto const e = failure(body);
    EXPECT_EQ(e.code(), Errc::provider_unavailable) << body;
    ASSERT_NE(e.peek(), nullptr);
    EXPECT_EQ(e.peek()->status, 502);
    EXPECT_TRUE(e.peek()->billed);
  }
}

TEST(OpenAiDecode, ErrorsInsideA200) {
  EXPECT_EQ(failure(R"({"error":{"message":"m","type":"insufficient_quota","code":null}})").code(),
            Errc::provider_quota_exhausted);
  EXPECT_EQ(failure(R"({"error":{"message":"m","type":"x","code":"rate_limit_exceeded"}})").code(),
            Errc::provider_rate_limited);
  EXPECT_EQ(failure(R"({"error":{"message":"m","type":"server_error"}})").code(), Errc::provider_unavailable);
  EXPECT_EQ(failure(R"({"error":{"message":"m","type":"invalid_request_error"}})").code(),
            Errc::provider_rejected);
  EXPECT_EQ(failure(R"({"code":"The service is currently unavailable","error":"Timed out"})").code(),
            Errc::provider_unavailable);
  EXPECT_EQ(failure(R"({"error":{"message":"m","code":429}})").code(), Errc::provider_rate_limited);
}

TEST(OpenAiUsage, ClassesAreDisjointAndSumToTheTotals) {
  auto const u =
      decoded(
          around(
              R"({"prompt_tokens":100,"completion_tokens":50,"prompt_tokens_details":{"cached_tokens":40,"cache_write_tokens":20,"audio_tokens":10,"image_tokens":5},"completion_tokens_details":{"reasoning_tokens":30,"audio_tokens":4,"accepted_prediction_tokens":1}})"))
          .usage;
  EXPECT_TRUE(u.reported);
  EXPECT_EQ(u.input, 25);
  EXPECT_EQ(u.cached_input, 40);
  EXPECT_EQ(u.cache_write_30m, 20);
  EXPECT_EQ(u.input_audio, 10);
  EXPECT_EQ(u.input_image, 5);
  EXPECT_EQ(u.output, 16);
  EXPECT_EQ(u.reasoning, 30);
  EXPECT_EQ(u.output_audio, 4);
  EXPECT_EQ(u.input_total(), 100);
  EXPECT_EQ(u.output_total(), 50);
}

TEST(OpenAiUsage, PartsBeyondTheTotalAreCutToIt) {
  auto const u =
      decoded(
          around(
              R"({"prompt_tokens":10,"completion_tokens":5,"prompt_tokens_details":{"cached_tokens":8,"audio_tokens":6},"completion_tokens_details":{"reasoning_tokens":99}})"))
          .usage;
  EXPECT_EQ(u.input_total(), 10);
  EXPECT_EQ(u.output_total(), 5);
  EXPECT_EQ(u.input_audio, 2);
  EXPECT_EQ(u.cached_input_audio, 4);
  EXPECT_EQ(u.cached_input, 4);
  EXPECT_EQ(u.reasoning, 5);
}

TEST(OpenAiUsage, ImplausibleTotalsAreNotReported) {
  for (auto const* usage :
       {R"({"prompt_tokens":-1,"completion_tokens":1})", R"({"prompt_tokens":1.5})",
        R"({"completion_tokens":1})", R"({"prompt_tokens":10})", R"({"prompt_tokens":99999999999999999999})",
        R"({"prompt_tokens":"5","completion_tokens":1})", "{}"}) {
    auto a = decoded(around(usage));
    EXPECT_FALSE(a.usage.reported) << usage;
    a.usage.input = 5;  // the estimate; the answer does not contradict itself
    a.usage.output = 2;
    auto const shown = Json::parse(finish_answer(a, asking(), "p", Nano{1}))["usage"];
    EXPECT_EQ(shown["prompt_tokens"], 5) << usage;
    EXPECT_EQ(shown["completion_tokens"], 2) << usage;
    EXPECT_EQ(shown["total_tokens"], 7) << usage;
  }
  EXPECT_TRUE(decoded(around(R"({"prompt_tokens":16.0,"completion_tokens":1})")).usage.reported);
}

TEST(OpenAiUsage, TheTierIsThatOfTheAnswer) {
  auto const tier = [](std::string_view t) {
    return decoded(R"({"service_tier":)" + std::string{t} +
                   R"(,"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]})")
        .usage.service_tier;
  };
  EXPECT_EQ(tier(R"("default")"), "");
  EXPECT_EQ(tier("null"), "");
  EXPECT_EQ(tier(R"("priority")"), "priority");
}

TEST(OpenAiDecode, EmbeddingsInBothEncodings) {
  for (auto const* vector : {"[0.5,-1e-3]", R"("mbsWOysYFbw=")"}) {
    auto const body = R"({"object":"list","data":[{"object":"embedding","index":0,"embedding":)" +
                      std::string{vector} + R"(}],"model":"e","usage":{"prompt_tokens":5,"total_tokens":5}})";
    auto const a = decoded(body, Operation::embeddings);
    EXPECT_EQ(a.usage.input, 5);
    EXPECT_TRUE(a.usage.reported);
    auto const whole = finish_answer(a, asking(false, Operation::embeddings), "p", Nano{100});
    EXPECT_EQ(whole,
              body.substr(0, body.size() - 2) + R"(,"input_tokens":5,"cost_usd":0.0000001},"provider":"p"})");
  }
}

}  // namespace decode_test
}  // namespace tsg::providers
