// Policies and limits as the chain applies them: on streams cut anywhere, on answers, while a stream runs.
#include "tsg/governance/builder.hpp"
#include "unit/pipeline/pipeline_fixture.hpp"

namespace tsg::pipeline::test {
namespace {

using governance::Level;
using governance::Scope;

class Governance : public PipelineTest {
 protected:
  void policy(std::string const& text) {
    auto const parsed = governance::parse_policy(text);
    ASSERT_TRUE(parsed) << parsed.error().message();
    builder.put_policy(Scope{Level::team, "acme.web", ""}, 1, text, &*parsed);
    govern();
  }
  void limit(std::string const& text) {
    auto const parsed = governance::parse_limit(text);
    ASSERT_TRUE(parsed) << parsed.error().message();
    builder.put_limit(Scope{Level::org, "acme", ""}, 1, text, &*parsed);
    govern();
  }
  static std::string tool_chunk(std::string_view arguments, std::string_view finish = "null") {
    return R"(data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{"index":0,)"
           R"("delta":{"tool_calls":[{"index":0,"id":"t","type":"function","function":{"name":"f","arguments":")" +
           std::string{arguments} + R"("}}]},"finish_reason":)" + std::string{finish} + "}]}\n\n";
  }
  // All text of one kind that the client was sent, in order.
  static std::string joined(std::string const& sent, bool arguments = false) {
    std::string out;
    for (std::size_t at = 0; (at = sent.find("data: {", at)) != std::string::npos;) {
      auto const end = sent.find("\n\n", at);
      auto const event = Json::parse(sent.substr(at + 6, end - at - 6));
      at = end;
      if (!event.contains("choices")) continue;
      for (auto const& choice : event["choices"]) {
        auto const& delta = choice["delta"];
        if (!arguments && delta.contains("content") && delta["content"].is_string())
          out += delta["content"].get<std::string>();
        if (arguments && delta.contains("tool_calls"))
          out += delta["tool_calls"][0]["function"]["arguments"].get<std::string>();
      }
    }
    return out;
  }
  std::string const kDone = "data: [DONE]\n\n";
  std::string const kMail = R"({"content":[{"detector":"email","action":"redact","on":["answer"]}]})";
};

TEST_F(Governance, AStreamIsRedactedWhereverTheProviderCutsIt) {
  add_key({"*"});
  policy(kMail);
  std::string const text = "write to ann.bee@mail.example.com or to bob@example.org today";
  for (std::size_t cut = 0; cut <= text.size(); ++cut) {
    provider.plays.push_back(
        stream({chunk(text.substr(0, cut)), chunk(text.substr(cut)), chunk("", "\"stop\""), kDone}));
    auto const x = chat(ask(R"(,"stream":true)"));
    ASSERT_EQ(x.status, 200);
    ASSERT_EQ(joined(x.sent), "write to [EMAIL] or to [EMAIL] today") << "cut at " << cut;
    ASSERT_TRUE(x.sent.ends_with(kDone)) << "and the stream is whole";
  }
}

TEST_F(Governance, ToolArgumentsOfAStreamHaveAWindowOfTheirOwn) {
  add_key({"*"});
  policy(kMail);
  provider.plays.push_back(
      stream({tool_chunk(R"({\"to\":\"ann@exam)"), chunk("ann@exam"), tool_chunk(R"(ple.com\"})"),
              chunk("ple"), chunk("", "\"tool_calls\""), kDone}));
  auto const x = chat(ask(R"(,"stream":true)"));
  EXPECT_EQ(joined(x.sent, true), R"({"to":"[EMAIL]"})");
  EXPECT_EQ(joined(x.sent), "ann@example");
}

TEST_F(Governance, ToolArgumentsAndAnswersByASchemaStayJson) {
  add_key({"*"});
  policy(R"({"content":[{"detector":"card","action":"redact","on":["answer"]}]})");
  std::string const arguments = R"({\"x\":4111111111111111})";
  for (std::size_t cut = 0; cut <= arguments.size(); ++cut) {
    if (cut > 0 && arguments[cut - 1] == '\\') continue;  // an escape is one character
    provider.plays.push_back(stream({tool_chunk(arguments.substr(0, cut)), tool_chunk(arguments.substr(cut)),
                                     chunk("", "\"tool_calls\""), kDone}));
    auto const x = chat(ask(R"(,"stream":true)"));
    ASSERT_EQ(joined(x.sent, true), R"({"x":"[CARD]"})") << "cut at " << cut;
  }
  auto answer = kAnswer;
  answer.replace(answer.find("\"hello\""), 7,
                 R"("{\"n\":4111111111111111}","tool_calls":[{"id":"t","type":"function","function":)"
                 R"({"name":"f","arguments":"{\"x\":4111111111111111}"}}])");
  provider.plays.push_back(whole(answer));
  auto const x = chat(ask(R"(,"response_format":{"type":"json_object"})")).json();
  EXPECT_EQ(x["choices"][0]["message"]["content"], R"({"n":"[CARD]"})");
  EXPECT_EQ(x["content"], R"({"n":"[CARD]"})");
  EXPECT_EQ(x["choices"][0]["message"]["tool_calls"][0]["function"]["arguments"], R"({"x":"[CARD]"})");
}

TEST_F(Governance, AnAbandonedAnswerThatARuleDeniesIsBilledAndNotKept) {
  configure("openai: {credentials: [{name: main, key: 'env:X'}]}", "timeouts: {abandoned_ms: 10000}\n");
  add_key({"*"});
  policy(R"({"content":[{"detector":"email","action":"deny","on":["answer"]}]})");
  auto answer = kAnswer;
  answer.replace(answer.find("hello"), 5, "write to ann@example.com");
  auto play = whole(answer);
  auto x = request(kChat, ask());
  x.with("idempotency-key", "order-1");
  play.before_end = [&] { x.leave(); };
  provider.plays.push_back(play);
  serve(x);
  EXPECT_EQ(x.status, 0) << x.sent;
  auto const r = record();
  EXPECT_EQ(r["status"], 499);
  EXPECT_EQ(r["attempts"][0]["outcome"], "policy_denied");
  EXPECT_EQ(totals().settled, Nano{4'500'000});
  auto again = request(kChat, ask());
  again.with("idempotency-key", "order-1");
  serve(again);
  EXPECT_EQ(again.code(), "idempotency_indeterminate");
}

TEST_F(Governance, LegacyFunctionsAndCustomToolsOfAStreamAreFilteredToo) {
  add_key({"*"});
  policy(kMail);
  auto const event = [](std::string const& delta, std::string const& finish = "null") {
    return R"(data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"gpt-4o","choices":[{"index":0,"delta":)" +
           delta + R"(,"finish_reason":)" + finish + "}]}\n\n";
  };
  provider.plays.push_back(stream(
      {event(R"({"function_call":{"name":"f","arguments":"{\"to\":\"ann@exam"}})"),
       event(
           R"({"tool_calls":[{"index":0,"id":"t","type":"custom","custom":{"name":"g","input":"bob@exam"}}]})"),
       event(R"({"function_call":{"arguments":"ple.com\"}"}})"),
       event(R"({"tool_calls":[{"index":0,"custom":{"input":"ple.com"}}]})"), event("{}", "\"stop\""),
       kDone}));
  auto const x = chat(ask(R"(,"stream":true)"));
  EXPECT_EQ(x.sent.find('@'), std::string::npos) << x.sent;
  EXPECT_NE(x.sent.find("\"custom\":{\"input\":\"[EMAIL]\"}"), std::string::npos) << x.sent;
}

TEST_F(Governance, AModelThatSearchesByItselfNeedsServerTools) {
  configure(
      "openai: {credentials: [{name: main, key: 'env:X'}]}\n"
      "  perplexity: {credentials: [{name: main, key: 'env:X'}]}\n"
      "  eu: {dialect: openai, base_url: 'https://eu.example/v1', credentials: [{name: main, key: "
      "'env:X'}]}");
  add_key({"*", "*/*"});
  policy(R"({"server_tools":false})");
  auto const asked = [&](std::string const& model, std::string const& more = "") {
    auto const before = provider.sent.size();
    provider.plays = {whole(kAnswer)};
    auto const x =
        chat(R"({"model":")" + model + R"(","messages":[{"role":"user","content":"hi"}])" + more + "}");
    std::string const said = x.status == 403 ? x.code() : "called";
    EXPECT_EQ(provider.sent.size() - before, said == "called" ? 1u : 0u) << x.sent;
    return said;
  };
  for (auto const* model : {"gpt-4o-search-preview", "eu/gpt-4o-search-preview", "perplexity/sonar"})
    EXPECT_EQ(asked(model), "policy_denied") << model;
  EXPECT_EQ(asked("perplexity/openai/gpt-6-luna", R"(,"search_domain_filter":["example.com"])"),
            "policy_denied");
  EXPECT_EQ(asked("perplexity/sonar", R"(,"disable_search":true)"), "called") << "switched off";
  EXPECT_EQ(asked("gpt-4o"), "called");
}

TEST_F(Governance, WithoutAnswerRulesAStreamIsTheProvidersBytes) {
  add_key({"*"});
  policy(R"({"content":[{"detector":"email","action":"redact","on":["prompt"]}]})");
  provider.plays.push_back(stream({chunk("a@b.example"), chunk("", "\"stop\""), kDone}));
  auto const x = chat(ask(R"(,"stream":true)"));
  EXPECT_EQ(joined(x.sent), "a@b.example");
}

TEST_F(Governance, APromptIsRedactedByStringAndStaysTheSameElsewhere) {
  add_key({"*"});
  policy(R"({"content":[{"detector":"email","action":"redact"}]})");
  provider.plays.push_back(whole(kAnswer));
  auto const x = chat(
      R"({ "model" : "gpt-4o" , "x_extra":{"b":1.50,"a":[ ]}, "messages":[{"role":"user","content":"to a\u0040b.example!"}] })");
  ASSERT_EQ(x.status, 200);
  EXPECT_EQ(
      provider.sent.front().body,
      R"({ "model" : "gpt-4o" , "x_extra":{"b":1.50,"a":[ ]}, "messages":[{"role":"user","content":"to [EMAIL]!"}] })");
  EXPECT_EQ(record()["matched"][0]["rule"], "content.email");
}

TEST_F(Governance, AnAnswerKeepsItsUsageAndFlatFieldsWhenTextBeforeThemChanges) {
  add_key({"*"});
  policy(kMail);
  auto answer = kAnswer;
  answer.replace(answer.find("hello"), 5, "mail averyveryverylongname@mail.example.com");
  provider.plays.push_back(whole(answer));
  auto const x = chat(ask());
  ASSERT_EQ(x.status, 200) << x.sent;
  auto const json = x.json();
  EXPECT_EQ(json["content"], "mail [EMAIL]");
  EXPECT_EQ(json["choices"][0]["message"]["content"], "mail [EMAIL]");
  EXPECT_EQ(json["usage"]["input_tokens"], 1000);
  EXPECT_EQ(json["usage"]["output_tokens"], 200);
}

TEST_F(Governance, ADisabledTeamCutsItsStreamsAtTheNextEvent) {
  add_key({"*"});
  auto play = stream({chunk("one"), chunk("two"), chunk("", "\"stop\""), kDone});
  provider.plays.push_back(std::move(play));
  auto x = request(kChat, ask(R"(,"stream":true)"));
  bool first = true;
  x.on_write = [&] {
    if (!std::exchange(first, false)) return;
    builder.put_team("acme.web", false, WallTime{});
    services.world.store(builder.build());
    services.revision.fetch_add(1);
  };
  serve(x);
  EXPECT_EQ(joined(x.sent), "one");
  EXPECT_TRUE(x.aborted);
  EXPECT_NE(x.sent.find("invalid_api_key"), std::string::npos);
  EXPECT_EQ(record()["code"], "invalid_api_key");
  EXPECT_EQ(record()["attempts"][0]["outcome"], "revoked") << "the provider did nothing wrong";
  EXPECT_EQ(totals().requests, 1) << "what was produced is billed";
}

TEST_F(Governance, ALimitIsTakenOnceAndCorrectedAfterwards) {
  add_key({"*"});
  limit(R"({"requests_per_minute":2,"output_tokens_per_minute":1000})");
  provider.plays.push_back(whole(kAnswer));  // 200 output tokens
  auto const x = chat(ask(R"(,"max_tokens":900)"));
  EXPECT_EQ(x.headers.get("x-ratelimit-remaining-requests"), "1");
  EXPECT_EQ(x.headers.get("x-ratelimit-remaining-tokens"), "100");
  EXPECT_EQ(chat(ask(R"(,"max_tokens":801)")).status, 429) << "200 were used";
  provider.plays.push_back(whole(kAnswer));
  EXPECT_EQ(chat(ask(R"(,"max_tokens":800)")).status, 200);
  auto const last = chat(ask(R"(,"max_tokens":1)"));
  EXPECT_EQ(last.status, 429);
  EXPECT_EQ(last.headers.get("x-ratelimit-remaining-requests"), "0");
  EXPECT_EQ(last.json()["error"]["scope_id"], "acme");
}

TEST_F(Governance, AReplayCostsOneRequestAndNoTokens) {
  add_key({"*"});
  limit(R"({"requests_per_minute":4,"output_tokens_per_minute":500})");
  auto const keyed = [&](std::string_view name) {
    auto x = request(kChat, ask(R"(,"max_tokens":490)"));
    x.with("idempotency-key", name);
    serve(x);
    return x;
  };
  auto answer = kAnswer;
  answer.replace(answer.find("\"completion_tokens\":200"), 23, "\"completion_tokens\":490");
  provider.plays.push_back(whole(answer));
  EXPECT_EQ(keyed("r3").status, 200);
  auto const again = keyed("r3");
  EXPECT_EQ(again.status, 200) << again.sent;
  EXPECT_EQ(again.headers.get("idempotent-replayed"), "true");
  EXPECT_EQ(again.headers.get("x-ratelimit-remaining-requests"), "2");

  auto const other = keyed("r4");
  EXPECT_EQ(other.status, 429) << "a call needs tokens, with a key too";
  EXPECT_EQ(other.code(), "rate_limit_exceeded");
  EXPECT_EQ(other.headers.get("x-ratelimit-remaining-tokens"), "0");
  EXPECT_EQ(other.json()["error"]["scope_id"], "acme");
  EXPECT_EQ(records().front()["rule"], "limit org/acme v1 output_tokens_per_minute");
  EXPECT_EQ(keyed("r3").headers.get("x-ratelimit-remaining-requests"), "1") << "the refusal took none";
  EXPECT_EQ(keyed("r3").status, 200);
  EXPECT_EQ(keyed("r3").status, 429) << "requests count for replays too";
  EXPECT_EQ(provider.sent.size(), 1u);
}

TEST_F(Governance, AKeyOfADeletedOrganisationLooksLikeAnUnknownOne) {
  add_key({"*"});
  builder.put_org("acme", false, WallTime{});
  services.world.store(builder.build());
  auto x = get("/v1/models");
  serve(x);
  EXPECT_EQ(x.status, 401);
  EXPECT_EQ(x.code(), "invalid_api_key");
}

}  // namespace
}  // namespace tsg::pipeline::test
