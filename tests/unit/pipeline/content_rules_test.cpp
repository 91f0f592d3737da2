// Content rules as a request meets them: what hides on the way out, what hides on the way back, and answers
// that are given again after the rules have changed.
#include "tsg/governance/builder.hpp"
#include "unit/pipeline/pipeline_fixture.hpp"

namespace tsg::pipeline::test {
namespace {

class ContentRulesOfRequests : public PipelineTest {
 protected:
  void policy(std::string const& text) {
    auto const parsed = governance::parse_policy(text);
    ASSERT_TRUE(parsed) << parsed.error().message();
    builder.put_policy({governance::Level::team, "acme.web", ""}, 1, text, &*parsed);
    govern();
  }
  void no_policy() {
    builder.put_policy({governance::Level::team, "acme.web", ""}, 1, "", nullptr);
    govern();
  }
  FakeExchange again(std::string const& body) {
    auto x = request(kChat, body);
    x.with("idempotency-key", "order-1");
    serve(x);
    return x;
  }
  static std::string answer_with(std::string const& message, std::string const& more = "") {
    auto out = kAnswer;
    auto const begin = out.find("\"content\":\"hello\"");
    out.replace(begin, 17, message);
    return out.insert(out.size() - 1, more);
  }
  static std::string event(std::string const& delta, std::string const& finish = "null",
                           std::string const& more = "") {
    return R"(data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{"index":0,"delta":)" +
           delta + R"(,"finish_reason":)" + finish + more + "}]}\n\n";
  }
  std::string const kDone = "data: [DONE]\n\n";
  std::string const kCards = R"({"content":[{"detector":"card","action":"redact"}]})";
  std::string const kNoCards = R"({"content":[{"detector":"card","action":"deny"}]})";
};

TEST_F(ContentRulesOfRequests, NoFormOfARequestGetsACardPastADenial) {
  add_key({"*", "openai/*"});
  policy(kNoCards);
  for (
      auto const* more :
      {R"(,"messages":[{"role":"user","content":"data: my card 4111 1111 1111 1111"}])",
       R"(,"messages":[{"role":"user","content":[{"type":"text","text":"data:4111 1111 1111 1111"}]}])",
       R"(,"messages":[{"role":"user","content":[{"type":"text","text":"4111 1111"},{"type":"text","text":" 1111 1111"}]}])",
       R"(,"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"4111 1111 1111 1111","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"x","content":"y"}])",
       R"(,"messages":[{"role":"tool","tool_call_id":"4111 1111 1111 1111","content":"y"}])",
       R"(,"messages":[{"role":"assistant","content":null,"tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{\"x\":\"\\u0034111 1111 1111 1111\"}"}}]},{"role":"tool","tool_call_id":"c","content":"y"}])",
       R"(,"messages":[{"role":"user","content":"hi"}],"metadata":{"id":"4111 1111 1111 1111"})",
       R"(,"messages":[{"role":"user","content":"hi"}],"metadata":{"4111 1111 1111 1111":"x"})",
       R"(,"messages":[{"role":"user","content":"hi"}],"user":"4111 1111 1111 1111")",
       R"(,"messages":[{"role":"user","content":"hi"}],"stop":["4111 1111 1111 1111"])",
       R"(,"messages":[{"role":"user","content":"hi"}],"extra":{"type":{"data":4111111111111111}})",
       R"(,"messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"id":{"type":"string","description":"4111 1111 1111 1111"}}}}}])",
       R"(,"messages":[{"role":"user","content":"hi"}],"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"data":{"type":"string","default":4111111111111111}}}}}])"}) {
    auto const x = chat(R"({"model":"gpt-4o")" + std::string{more} + "}");
    EXPECT_EQ(x.status, 403) << more;
    EXPECT_EQ(x.code(), "policy_denied") << more;
    EXPECT_EQ(x.json()["error"]["rule"], "policy team/acme.web v1 content.card") << more;
  }
  EXPECT_TRUE(provider.sent.empty());
}

TEST_F(ContentRulesOfRequests, AModelThatNobodyKnowsIsText) {
  add_key({"*", "openai/*"});
  policy(kCards);
  auto const x = chat(R"({"model":"openai/4111111111111111","messages":[{"role":"user","content":"hi"}]})");
  EXPECT_EQ(x.code(), "policy_denied");
  EXPECT_EQ(x.json()["error"]["rule"], "policy team/acme.web v1 content.card");
  policy(R"({"content":[{"name":"gpt","pattern":"gpt-4o","action":"redact"}]})");
  provider.plays.push_back(whole(kAnswer));
  EXPECT_EQ(chat(ask()).status, 200) << "the catalogue's own name is nobody's text";
}

TEST_F(ContentRulesOfRequests, WhatAReplacementWouldBreakIsRefusedWithTheRule) {
  add_key({"*"});
  policy(kCards);
  auto const x = chat(R"({"model":"gpt-4o","messages":[{"role":"4111 1111 1111 1111","content":"hi"}]})");
  EXPECT_EQ(x.status, 400) << "it was none before either";
  auto const twice = chat(ask(R"(,"metadata":{"4111 1111 1111 1111":"a","5555 5555 5555 4444":"b"})"));
  EXPECT_EQ(twice.code(), "policy_denied");
  EXPECT_EQ(twice.json()["error"]["rule"], "policy team/acme.web v1 content.card");
  EXPECT_EQ(twice.sent.find("4111"), std::string::npos);
}

TEST_F(ContentRulesOfRequests, NoFormOfAnAnswerGetsACardToTheClient) {
  add_key({"*"});
  policy(kCards);
  std::string const card = "4111 1111 1111 1111";
  for (
      auto const& message : std::vector<std::string>{
          R"("content":"data: my card )" + card + "\"", R"("content":"x","refusal":"data:)" + card + "\"",
          R"("content":[{"type":"text","text":"4111 1111 "},{"type":"text","text":"1111 1111"}])",
          R"("content":"x","annotations":[{"type":"url_citation","url_citation":{"url":"u","title":")" +
              card + R"("}}])",
          R"("content":"x","tool_calls":[{"id":"t","type":"function","function":{"name":"f","arguments":"{\"id\":\"\\u0034111 1111 1111 1111\"}"}}])",
          R"("content":"x","thinking_blocks":[{"type":"thinking","thinking":")" + card +
              R"(","signature":"s"}])",
          R"("content":"x","audio":{"id":"a","transcript":")" + card + R"("})"}) {
    provider.plays.push_back(
        whole(answer_with(message, R"(,"citations":["https://e/?c=4111111111111111"])")));
    auto const x = chat(ask());
    ASSERT_EQ(x.status, 200) << message;
    EXPECT_EQ(x.sent.find("111 "), std::string::npos) << x.sent;
    EXPECT_EQ(x.sent.find("411111"), std::string::npos) << x.sent;
  }
}

// Token by token they say what was taken out.
TEST_F(ContentRulesOfRequests, LogProbabilitiesDoNotSpellWhatWasRedacted) {
  add_key({"*"});
  policy(kCards);
  std::string const logprobs =
      R"(,"logprobs":{"content":[{"token":"4111","logprob":-1,"bytes":[52],"top_logprobs":[]}]})";
  auto answer = answer_with(R"("content":"4111 1111 1111 1111")");
  answer.insert(answer.find(",\"finish_reason\""), logprobs);
  provider.plays.push_back(whole(answer));
  EXPECT_TRUE(chat(ask()).json()["choices"][0]["logprobs"].is_null());
  answer = kAnswer;
  answer.insert(answer.find(",\"finish_reason\""), logprobs);
  provider.plays.push_back(whole(answer));
  EXPECT_FALSE(chat(ask()).json()["choices"][0]["logprobs"].is_null()) << "nothing was redacted";
  provider.plays.push_back(
      stream({event(R"({"content":"4111 "})", "null", logprobs), event("{}", "\"stop\""), kDone}));
  EXPECT_EQ(chat(ask(R"(,"stream":true)")).sent.find("\"token\""), std::string::npos);
}

TEST_F(ContentRulesOfRequests, WhatIsNoTextInPiecesIsReadInAStreamToo) {
  add_key({"*"});
  policy(kCards);
  std::string const card = "4111 1111 1111 1111";
  provider.plays.push_back(stream(
      {event(R"({"annotations":[{"type":"url_citation","url_citation":{"title":")" + card + R"("}}]})"),
       event(R"({"thinking_blocks":[{"type":"thinking","thinking":")" + card + R"("}]})"),
       event(R"({"content":[{"type":"text","text":")" + card + R"("}]})"),
       event(R"({"function_call":{"name":")" + card + R"(","arguments":"{}"}})"),
       event(R"({"tool_calls":[{"index":0,"id":")" + card +
             R"(","type":"function","function":{"name":"f","arguments":""}}]})"),
       "data:  {\"id\":\"c\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"data: " + card +
           " \"},\"finish_reason\":null}]}\n\n",
       event("{}", "\"stop\""), kDone}));
  auto const x = chat(ask(R"(,"stream":true)"));
  EXPECT_EQ(x.status, 200);
  EXPECT_EQ(x.sent.find("1111"), std::string::npos) << x.sent;
  EXPECT_NE(x.sent.find("\"thinking_blocks\":[]"), std::string::npos) << "signed: all of it or nothing";
  EXPECT_TRUE(x.sent.ends_with(kDone));
}

TEST_F(ContentRulesOfRequests, AKeptAnswerObeysTheRulesOfToday) {
  add_key({"*"});
  provider.plays.push_back(whole(answer_with(R"("content":"it is 4111 1111 1111 1111")")));
  EXPECT_NE(again(ask()).sent.find("4111"), std::string::npos) << "no rule yet";
  policy(kCards);
  auto const redacted = again(ask());
  EXPECT_EQ(redacted.headers.get("idempotent-replayed"), "true");
  EXPECT_EQ(redacted.json()["content"], "it is [CARD]");
  EXPECT_EQ(redacted.json()["choices"][0]["message"]["content"], "it is [CARD]");
  policy(kNoCards);
  auto const denied = again(ask());
  EXPECT_EQ(denied.status, 403);
  EXPECT_EQ(denied.code(), "policy_denied");
  EXPECT_EQ(denied.sent.find("4111"), std::string::npos);
  EXPECT_EQ(records().front()["rule"], "policy team/acme.web v1 content.card");
  no_policy();
  EXPECT_NE(again(ask()).sent.find("4111"), std::string::npos);
  EXPECT_EQ(provider.sent.size(), 1u) << "nothing was bought again";
}

TEST_F(ContentRulesOfRequests, AKeptStreamObeysTheRulesOfToday) {
  add_key({"*"});
  auto const body = ask(R"(,"stream":true)");
  provider.plays.push_back(
      stream({chunk("it is 4111 11"), chunk("11 1111 1111 ok"), chunk("", "\"stop\""), kDone}));
  auto const first = again(body);
  EXPECT_NE(first.sent.find("4111"), std::string::npos);
  policy(kCards);
  auto const redacted = again(body);
  EXPECT_EQ(redacted.headers.get("idempotent-replayed"), "true");
  EXPECT_EQ(redacted.sent.find("111"), std::string::npos) << redacted.sent;
  EXPECT_NE(redacted.sent.find("[CARD]"), std::string::npos);
  EXPECT_TRUE(redacted.sent.ends_with(kDone));
  policy(kNoCards);
  auto const denied = again(body);
  EXPECT_EQ(denied.status, 403) << "nothing had left";
  EXPECT_EQ(denied.code(), "policy_denied");
}

}  // namespace
}  // namespace tsg::pipeline::test
