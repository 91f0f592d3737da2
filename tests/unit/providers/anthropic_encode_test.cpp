// Chat requests as Messages requests (wire reference §3.1, §3.2).
#include "unit/providers/anthropic_fixture.hpp"

namespace tsg::providers {
namespace anthropic_encode_test {

TEST(AnthropicEncode, ThePlainestRequestHasVersionPathAndAlwaysALimit) {
  auto const out = claude(asking_claude(kHello), to_claude("claude-opus-5-5", 1000));
  ASSERT_TRUE(out);
  EXPECT_EQ(out->path, "/v1/messages");
  EXPECT_EQ(out->headers.get("anthropic-version"), "2023-06-01");
  EXPECT_EQ(out->wire, Wire::native);
  EXPECT_EQ(out->body, R"({"model":"claude-opus-5-5","max_tokens":1000,"messages":[{"role":"user","content":)"
                       R"([{"type":"text","text":"Hello"}]}]})");
  http::Headers headers;
  adapter_for("anthropic")->authorize(headers, "sk-ant-1");
  EXPECT_EQ(headers.get("x-api-key"), "sk-ant-1");
  EXPECT_EQ(headers.get("authorization"), "") << "two kinds of credential are refused";
}

TEST(AnthropicEncode, TheLimitIsTheClientsThePolicysOrTheModelsWhicheverIsLeast) {
  EXPECT_EQ(sent(asking_claude(kHello))["max_tokens"], 128'000) << "the model's cap where nobody says one";
  EXPECT_EQ(sent(asking_claude(kHello, R"(,"max_tokens":50)"))["max_tokens"], 50);
  EXPECT_EQ(sent(asking_claude(kHello, R"(,"max_completion_tokens":900000)"))["max_tokens"], 128'000);
  EXPECT_EQ(
      sent(asking_claude(kHello, R"(,"max_tokens":50)"), to_claude("claude-opus-5-5", 20))["max_tokens"], 20);
  EXPECT_EQ(sent(asking_claude(kHello), to_claude("claude-opus-9", 20))["max_tokens"], 20);
}

TEST(AnthropicEncode, SystemTextStandsApartOneBlockEach) {
  auto const body = sent(R"({"model":"m","system":"first","messages":[{"role":"system","content":"second"},
    {"role":"developer","content":[{"type":"text","text":"third","cache_control":{"type":"ephemeral","ttl":"1h"}}]},
    {"role":"user","content":"x"}]})");
  EXPECT_EQ(body["system"], Json::parse(R"([{"type":"text","text":"first"},{"type":"text","text":"second"},
    {"type":"text","text":"third","cache_control":{"type":"ephemeral","ttl":"1h"}}])"));
}

TEST(AnthropicEncode, LaterSystemTextStaysInPlaceAndIsASystemMessageWhereTheModelTakesOne) {
  auto const body = asking_claude(R"([{"role":"user","content":"a"},{"role":"assistant","content":"b"},
    {"role":"user","content":"c"},{"role":"system","content":"be brief"}])");
  auto const newest = sent(body)["messages"];
  ASSERT_EQ(newest.size(), 4u);
  EXPECT_EQ(newest[3], Json::parse(R"({"role":"system","content":[{"type":"text","text":"be brief"}]})"));
  auto const other = sent(body, "claude-sonnet-5")["messages"];
  ASSERT_EQ(other.size(), 3u);
  EXPECT_EQ(other[2]["content"][1]["text"], "<system>\nbe brief\n</system>");
  // Followed by the user it would break the position rule.
  auto const between =
      sent(asking_claude(R"([{"role":"user","content":"a"},{"role":"developer","content":"d"},
    {"role":"user","content":"c"}])"))["messages"];
  ASSERT_EQ(between.size(), 1u);
  EXPECT_EQ(between[0]["content"][1]["text"], "<system>\nd\n</system>");
}

TEST(AnthropicEncode, EmptyTextIsLeftOutAndOneRoleIsOneTurn) {
  auto const body = sent(asking_claude(R"([{"role":"user","content":""},{"role":"user","content":"a"},
    {"role":"user","content":[{"type":"text","text":" \n"},{"type":"text","text":"b"}]},
    {"role":"assistant","content":null},{"role":"user","content":"c"}])"));
  ASSERT_EQ(body["messages"].size(), 1u);
  EXPECT_EQ(body["messages"][0]["content"].size(), 3u);
  EXPECT_EQ(refusal(asking_claude(R"([{"role":"user","content":" "}])")), "bad_request messages");
}

TEST(AnthropicEncode, ImagesByUrlAndByDataWithTheTypeTheyReallyHave) {
  auto const part = [](std::string const& url) {
    return sent(asking_claude(R"([{"role":"user","content":[{"type":"image_url","image_url":{"url":")" + url +
                              R"("}}]}])"))["messages"][0]["content"][0];
  };
  EXPECT_EQ(part("https://example.com/a.png"),
            Json::parse(R"({"type":"image","source":{"type":"url","url":"https://example.com/a.png"}})"));
  EXPECT_EQ(part("data:image/jpg;base64,iVBORw0KGgoAAAA=")["source"],
            Json::parse(R"({"type":"base64","media_type":"image/png","data":"iVBORw0KGgoAAAA="})"));
  EXPECT_EQ(part("data:image/jpg;base64,AAAA")["source"]["media_type"], "image/jpeg");
  auto const refused = [](std::string const& url) {
    return refusal(asking_claude(R"([{"role":"user","content":[{"type":"image_url","image_url":{"url":")" +
                                 url + R"("}}]}])"));
  };
  EXPECT_EQ(refused("data:image/tiff;base64,AAAA"), "unsupported_parameter messages[0].content[0]");
  EXPECT_EQ(refused("file:///etc/passwd"), "bad_request messages[0].content[0]");
}

TEST(AnthropicEncode, FilesArePdfOrTextAndNeverTheAccountsOwn) {
  auto const file = [](std::string const& members) {
    return asking_claude(R"([{"role":"user","content":[{"type":"file","file":{)" + members + "}}]}]");
  };
  auto const pdf = sent(file(R"("file_data":"data:application/pdf;base64,JVBERi0xLjQ=","filename":"a.pdf")"));
  EXPECT_EQ(pdf["messages"][0]["content"][0], Json::parse(R"({"type":"document","title":"a.pdf",
              "source":{"type":"base64","media_type":"application/pdf","data":"JVBERi0xLjQ="}})"));
  auto const text = sent(file(R"("file_data":"data:text/plain;base64,SGVsbG8=")"));
  EXPECT_EQ(text["messages"][0]["content"][0]["source"],
            Json::parse(R"({"type":"text","media_type":"text/plain","data":"Hello"})"));
  EXPECT_EQ(refusal(file(R"("file_id":"file_011C")")), "unsupported_parameter messages[0].content[0]");
  EXPECT_EQ(refusal(asking_claude(R"([{"role":"user","content":[{"type":"input_audio",
    "input_audio":{"data":"AA==","format":"wav"}}]}])")),
            "unsupported_parameter messages[0].content[0]");
}

TEST(AnthropicEncode, SamplingIsLeftOutWhereTheModelTakesNoneAndOneAtATimeWhereItTakesOne) {
  for (auto const* model : {"claude-opus-5-5", "claude-opus-9"}) {  // an unknown model has the newest rules
    auto const body = asking_claude(kHello, R"(,"temperature":0.2,"top_k":4)");
    EXPECT_EQ(dropped(body, model), (std::vector<std::string>{"temperature", "top_k"}));
    EXPECT_FALSE(sent(body, model).contains("temperature"));
    auto strict = chat(body);
    strict.strict = true;
    auto const out = adapter_for("anthropic")->encode(strict, to_claude(model));
    ASSERT_FALSE(out) << "who asked to be strict is told";
    EXPECT_EQ(out.error().peek()->param, "temperature");
  }
  EXPECT_FALSE(sent(asking_claude(kHello, R"(,"temperature":1.0,"top_p":1)")).contains("temperature"));
  auto const older = sent(asking_claude(kHello, R"(,"temperature":1.7,"top_k":40)"), "claude-haiku-4-5");
  EXPECT_EQ(older["temperature"], 1) << "capped, as their own layer does";
  EXPECT_EQ(older["top_k"], 40);
  EXPECT_EQ(refusal(asking_claude(kHello, R"(,"temperature":0.2,"top_p":0.5)"), "claude-haiku-4-5"),
            "unsupported_parameter top_p");
  EXPECT_EQ(
      refusal(asking_claude(kHello, R"(,"temperature":0.2,"reasoning_effort":"high")"), "claude-sonnet-4-6"),
      "unsupported_parameter temperature");
}

TEST(AnthropicEncode, WhatIsHarmlessIsDroppedByNameAndWhatIsNotIsRefused) {
  EXPECT_EQ(
      dropped(asking_claude(kHello, R"(,"seed":7,"store":true,"verbosity":"low","metadata":{"a":"b"})")),
      (std::vector<std::string>{"seed", "store", "verbosity", "metadata"}));
  EXPECT_EQ(dropped(asking_claude(kHello, R"(,"n":1,"logprobs":false,"frequency_penalty":0,"store":false)")),
            std::vector<std::string>{});
  for (std::string const member : {R"("n":2)", R"("logprobs":true)", R"("logit_bias":{"1":2})",
                                   R"("modalities":["text","audio"])", R"("made_up":1)"})
    EXPECT_EQ(refusal(asking_claude(kHello, "," + member)),
              "unsupported_parameter " + member.substr(1, member.find('"', 1) - 1));
}

TEST(AnthropicEncode, StopsUsersTiersAndTheCacheOfTheWholeRequest) {
  auto const body = sent(asking_claude(
      kHello,
      R"(,"stop":"END","user":"a@example.com","service_tier":"default","cache_control":{"type":"ephemeral"})"));
  EXPECT_EQ(body["stop_sequences"], Json::parse(R"(["END"])"));
  EXPECT_EQ(body["service_tier"], "standard_only");
  EXPECT_EQ(body["cache_control"], Json::parse(R"({"type":"ephemeral"})"));
  EXPECT_EQ(body["metadata"]["user_id"].get<std::string>().size(), 64u);
  EXPECT_EQ(body.dump().find("example.com"), std::string::npos) << "an opaque id, no address";
  EXPECT_EQ(dropped(asking_claude(kHello, R"(,"service_tier":"flex")")),
            std::vector<std::string>{"service_tier"});
}

TEST(AnthropicEncode, TheAssistantsWordsAreContinuedByOlderModelsOnly) {
  auto const body =
      asking_claude(R"([{"role":"user","content":"a"},{"role":"assistant","content":"```python \n"}])");
  EXPECT_EQ(refusal(body), "unsupported_parameter messages[1]");
  EXPECT_EQ(refusal(body, "claude-sonnet-4-6"), "unsupported_parameter messages[1]");
  EXPECT_EQ(sent(body, "claude-haiku-4-5")["messages"][1]["content"][0]["text"], "```python");
}

TEST(AnthropicEncode, EmbeddingsAreOfOtherProviders) {
  auto const request = read_embeddings_request(R"({"model":"m","input":"x"})", {});
  auto const out = adapter_for("anthropic")->encode(*request, to_claude("claude-opus-5-5"));
  ASSERT_FALSE(out);
  EXPECT_EQ(out.error().code(), Errc::unsupported_parameter);
}

}  // namespace anthropic_encode_test
}  // namespace tsg::providers
