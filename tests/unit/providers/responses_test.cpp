// Chat to Responses and back: what goes where, what is remembered, what is never sent twice.
#include <nlohmann/json.hpp>

#include "providers/responses/responses.hpp"
#include "support/chat_bytes.hpp"
#include "unit/providers/request_fixture.hpp"

namespace tsg::providers {
namespace responses_test {

using Json = nlohmann::json;

EncodeContext by_responses(std::string model = "gpt-5.4") {
  auto c = to_model(std::move(model));
  c.api = "responses";
  return c;
}
Json sent(std::string body, EncodeContext const& context, std::string_view dialect = "openai") {
  auto const out = adapter_for(dialect)->encode(chat(std::move(body)), context);
  if (!out) {
    ADD_FAILURE() << out.error().message();
    return {};
  }
  EXPECT_EQ(out->wire, Wire::responses);
  return Json::parse(out->body);
}
Wire wire_for(std::string body, EncodeContext const& context, std::string_view dialect = "openai") {
  auto const out = adapter_for(dialect)->encode(chat(std::move(body)), context);
  EXPECT_TRUE(out) << out.error().message();
  return out->wire;
}
DecodeContext answered(bool include_usage = true) {
  auto c = asking(include_usage);
  c.wire = Wire::responses;
  c.id = "chatcmpl-1";
  return c;
}

std::string const kAsk = R"({"model":"m","messages":[{"role":"user","content":"x"}])";
std::string const kTools =
    R"(,"tools":[{"type":"function","function":{"name":"f","parameters":{"type":"object","properties":{"b":{},"a":{}}}}}])";

TEST(ResponsesEncode, NothingIsKeptAtTheProviderAndThoughtsComeEncrypted) {
  auto const body = sent(kAsk + "}", by_responses());
  EXPECT_EQ(body["store"], false);
  EXPECT_EQ(body["include"], Json::parse(R"(["reasoning.encrypted_content"])"));
  EXPECT_EQ(body["input"], Json::parse(R"([{"type":"message","role":"user","content":"x"}])"));
}

TEST(ResponsesEncode, AModelThatDoesNotThinkIsNotAskedForThoughts) {
  catalog::Model plain;
  auto c = by_responses("gpt-4o");
  c.model = c.family = &plain;
  EXPECT_FALSE(sent(kAsk + "}", c).contains("include"));
}

TEST(ResponsesEncode, ToolsAreFlatKeepTheirSchemaBytesAndAreNotStrictUnlessAsked) {
  auto const out = adapter_for("openai")->encode(chat(kAsk + kTools + "}"), by_responses());
  ASSERT_TRUE(out);
  EXPECT_NE(
      out->body.find(
          R"({"type":"function","name":"f","parameters":{"type":"object","properties":{"b":{},"a":{}}},"strict":false})"),
      std::string::npos);
}

// Raising it to sixteen would spend what nobody allowed: not the client, not its policy, not the hold.
TEST(ResponsesEncode, TheLowerLimitGoesOutAndOneBelowTheApisLeastIsRefusedWithTheWayOut) {
  auto c = by_responses();
  c.output_limit = 100;
  EXPECT_EQ(sent(kAsk + R"(,"max_tokens":500})", c)["max_output_tokens"], 100);
  EXPECT_EQ(sent(kAsk + R"(,"max_completion_tokens":50})", c)["max_output_tokens"], 50);
  EXPECT_EQ(sent(kAsk + R"(,"max_tokens":16})", c)["max_output_tokens"], 16);
  auto const refused = [](std::string const& more, EncodeContext const& context) {
    auto const out = adapter_for("openai")->encode(chat(kAsk + more), context);
    if (out) return std::string{"sent"};
    EXPECT_EQ(out.error().code(), Errc::unsupported_parameter);
    return out.error().peek()->param + ": " + std::string{out.error().message()};
  };
  EXPECT_EQ(
      refused(R"(,"max_completion_tokens":15})", c),
      "max_completion_tokens: 'max_completion_tokens' is 15 here, and this model takes 16 at least: allow 16 "
      "or more, or choose a model that takes less.");
  c.output_limit = 5;  // a policy, or what is left of a budget
  EXPECT_TRUE(refused(R"(,"max_tokens":500})", c).starts_with("max_tokens: 'max_tokens' is 5 here"));
  EXPECT_TRUE(refused("}", c).starts_with("max_tokens: "));
}

TEST(ResponsesEncode, FormatVerbosityAndEffortFindTheirPlaces) {
  auto const body = sent(
      kAsk +
          R"(,"reasoning_effort":"high","verbosity":"low","response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"},"strict":true}}})",
      by_responses());
  EXPECT_EQ(body["reasoning"], Json::parse(R"({"effort":"high"})"));
  EXPECT_EQ(
      body["text"],
      Json::parse(
          R"({"format":{"type":"json_schema","name":"n","schema":{"type":"object"},"strict":true},"verbosity":"low"})"));
}

TEST(ResponsesEncode, ChoicesOfToolsAreFlat) {
  auto const choice = [&](std::string const& c) {
    return sent(kAsk + kTools + R"(,"tool_choice":)" + c + "}", by_responses())["tool_choice"];
  };
  EXPECT_EQ(choice("\"required\""), "required");
  EXPECT_EQ(choice(R"({"type":"function","function":{"name":"f"}})"),
            Json::parse(R"({"type":"function","name":"f"})"));
  EXPECT_EQ(
      choice(
          R"({"type":"allowed_tools","allowed_tools":{"mode":"auto","tools":[{"type":"function","function":{"name":"f"}}]}})"),
      Json::parse(R"({"type":"allowed_tools","mode":"auto","tools":[{"type":"function","name":"f"}]})"));
}

TEST(ResponsesEncode, CustomToolsKeepTheirGrammarAndTheirOutputsTheirType) {
  auto const body = sent(
      R"({"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"c1","type":"custom","custom":{"name":"sql","input":"select 1"}}]},{"role":"tool","tool_call_id":"c1","content":"1"}],
          "tools":[{"type":"custom","custom":{"name":"sql","format":{"type":"grammar","grammar":{"definition":"g","syntax":"lark"}}}}]})",
      by_responses());
  EXPECT_EQ(
      body["tools"][0],
      Json::parse(
          R"({"type":"custom","name":"sql","format":{"type":"grammar","definition":"g","syntax":"lark"}})"));
  EXPECT_EQ(body["input"][1]["type"], "custom_tool_call");
  EXPECT_EQ(body["input"][1]["input"], "select 1");
  EXPECT_EQ(body["input"][2]["type"], "custom_tool_call_output");
}

TEST(ResponsesEncode, WhatResponsesCannotDoIsRefusedByName) {
  for (std::string const field :
       {R"("n":2)", R"("logit_bias":{"1":1})", R"("top_logprobs":2)", R"("modalities":["audio"])"}) {
    auto const out = adapter_for("openai")->encode(chat(kAsk + "," + field + "}"), by_responses());
    ASSERT_FALSE(out) << field;
    EXPECT_EQ(out.error().code(), Errc::unsupported_parameter);
    EXPECT_NE(field.find("\"" + out.error().peek()->param + "\""), std::string::npos) << field;
  }
}

TEST(ResponsesEncode, LogProbabilitiesAreAskedForByInclusion) {
  catalog::Model plain;
  auto c = by_responses("gpt-4o");
  c.model = c.family = &plain;
  auto const body = sent(kAsk + R"(,"logprobs":true,"top_logprobs":2})", c);
  EXPECT_EQ(body["include"], Json::parse(R"(["message.output_text.logprobs"])"));
  EXPECT_EQ(body["top_logprobs"], 2);
  EXPECT_FALSE(sent(kAsk + R"(,"logprobs":false,"top_logprobs":0})", c).contains("top_logprobs"));
}

TEST(ResponsesEncode, WhoSendsLegacyFunctionsGetsOneCallAtATime) {
  auto const body =
      sent(kAsk + R"(,"functions":[{"name":"f"}],"function_call":{"name":"f"}})", by_responses());
  EXPECT_EQ(body["parallel_tool_calls"], false);
  EXPECT_EQ(body["tools"][0]["name"], "f");
  EXPECT_EQ(body["tool_choice"]["name"], "f");
}

TEST(ResponsesEncode, WhatIsHarmlessIsDroppedAndListed) {
  auto const out = adapter_for("openai")->encode(
      chat(R"({"model":"m","messages":[{"role":"user","name":"ann","content":"x"}],"seed":7,"store":true})"),
      by_responses());
  ASSERT_TRUE(out);
  EXPECT_EQ(out->dropped, (std::vector<std::string>{"seed", "store", "messages[].name"}));
}

TEST(ResponsesChoice, AutoAsksTheModelWhetherToolsWorkOnChat) {
  catalog::Model model;
  model.rules["tools_on_chat"] = "\"without_reasoning\"";
  auto c = to_model("gpt-5.6-sol");
  c.api = "auto";
  c.model = c.family = &model;
  EXPECT_EQ(wire_for(kAsk + "}", c), Wire::chat);
  EXPECT_EQ(wire_for(kAsk + kTools + "}", c), Wire::responses);
  EXPECT_EQ(wire_for(kAsk + kTools + R"(,"reasoning_effort":"none"})", c), Wire::chat);
  model.rules["tools_on_chat"] = "\"never\"";
  EXPECT_EQ(wire_for(kAsk + kTools + R"(,"reasoning_effort":"none"})", c), Wire::responses);
  c.api = "chat";
  EXPECT_EQ(wire_for(kAsk + kTools + "}", c), Wire::chat);
}

TEST(ResponsesChoice, AHostedSearchGoesWhereTheCataloguesModelCanSearch) {
  auto const catalogue = catalog::Catalog::load(catalog::Catalog::built_in()).catalog;
  ASSERT_TRUE(catalogue);
  for (std::string const ask : {R"(,"web_search_options":{}})", R"(,"tools":[{"type":"web_search"}]})"})
    for (auto const& [id, wire] : {std::pair{"gpt-5.4", Wire::responses},
                                   {"gpt-4o", Wire::responses},
                                   {"gpt-4o-mini", Wire::responses},
                                   {"gpt-4.1-nano", Wire::chat},  // where OpenAI says what it thinks of that
                                   {"gpt-4o-search-preview", Wire::chat}}) {
      auto c = to_model(id);
      c.api = "auto";
      c.model = c.family = catalogue->find("openai", id);
      ASSERT_NE(c.model, nullptr) << id;
      EXPECT_EQ(wire_for(kAsk + ask, c), wire) << id << ask;
    }
}

TEST(ResponsesChoice, AServerThatMerelySpeaksTheDialectIsAskedOnChat) {
  catalog::Model newest;
  newest.rules["tools_on_chat"] = "\"never\"";
  for (std::string const id : {"gpt-oss-120b", "llama-3"}) {
    auto c = to_model(id);
    c.family = &newest;
    EXPECT_EQ(wire_for(kAsk + kTools + "}", c), Wire::chat) << id;
  }
  auto c = to_model("gpt-7");
  c.family = &newest;
  EXPECT_EQ(wire_for(kAsk + kTools + "}", c), Wire::responses);
}

std::string response(std::string const& output, std::string const& more = "",
                     std::string const& status = "completed") {
  return R"({"id":"resp_1","object":"response","model":"m","status":")" + status + R"(","output":[)" +
         output + "]" + more + "}";
}
std::string const kThought =
    R"({"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"zzz","status":null})";
std::string const kSaid =
    R"({"type":"message","id":"msg_1","phase":"commentary","role":"assistant","content":[{"type":"output_text","text":"Let me see."}]})";
std::string const kCall =
    R"({"type":"function_call","id":"fc_1","call_id":"call_1","name":"f","arguments":"","status":"completed"})";

TEST(ResponsesMemo, ThoughtsGoBackWhereTheyStoodAroundTheClientsText) {
  auto const a = adapter_for("openai")->decode(response(kThought + "," + kSaid + "," + kCall), answered());
  ASSERT_TRUE(a);
  EXPECT_EQ(a->choices.at(0).stop, conversation::Stop::calls);
  EXPECT_NE(finish_answer(*a, answered(), "p", Nano{1}).find(R"("arguments":"{}")"), std::string::npos);
  ASSERT_EQ(a->memos.size(), 1u);
  EXPECT_EQ(a->memos[0].call_id, "call_1");
  EXPECT_EQ(a->memos[0].json.find("Let me see"), std::string::npos);  // the text stays the client's

  auto c = by_responses();
  c.recall = [&](std::string_view id) {
    return id == "call_1" ? std::optional{a->memos[0].json} : std::nullopt;
  };
  auto const input = sent(
      R"({"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","content":"Let me see.","tool_calls":[{"id":"call_1","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"call_1","content":"42"}]})",
      c)["input"];
  ASSERT_EQ(input.size(), 5u);
  EXPECT_EQ(input[1],
            Json::parse(R"({"type":"reasoning","id":"rs_1","summary":[],"encrypted_content":"zzz"})"));
  EXPECT_EQ(input[2]["phase"], "commentary");
  EXPECT_EQ(input[2]["content"][0]["text"], "Let me see.");
  EXPECT_EQ(input[3]["call_id"], "call_1");
  EXPECT_EQ(input[4], Json::parse(R"({"type":"function_call_output","call_id":"call_1","output":"42"})"));
}

TEST(ResponsesMemo, AnotherVendorsThoughtsStayWhereTheyAre) {
  auto c = by_responses("grok-4.7");
  c.recall = [](std::string_view) {
    return std::optional<std::string>{
        R"({"from":"openai","items":[{"type":"reasoning","encrypted_content":"z"}]})"};
  };
  auto const input = sent(
      R"({"model":"m","messages":[{"role":"user","content":"x"},{"role":"assistant","tool_calls":[{"id":"c","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":"c","content":"1"}]})",
      c, "xai")["input"];
  EXPECT_EQ(input.size(), 3u);
}

TEST(ResponsesDecode, EndsAndFailuresInsideA200) {
  auto const decode = [&](std::string const& body) {
    return adapter_for("openai")->decode(body, answered());
  };
  EXPECT_EQ(decode(response(kSaid))->choices.at(0).stop, conversation::Stop::end);
  EXPECT_EQ(decode(response(kSaid, R"(,"incomplete_details":{"reason":"max_output_tokens"})", "incomplete"))
                ->choices.at(0)
                .stop,
            conversation::Stop::length);
  EXPECT_EQ(decode(response("", R"(,"incomplete_details":{"reason":"content_filter"})", "incomplete"))
                ->choices.at(0)
                .stop,
            conversation::Stop::filter);
  auto const quota =
      decode(response("", R"(,"error":{"code":"insufficient_quota","message":"m"})", "failed"));
  ASSERT_FALSE(quota);
  EXPECT_EQ(quota.error().code(), Errc::provider_quota_exhausted);
  EXPECT_FALSE(decode(response("", "", "queued")));
}

TEST(ResponsesDecode, ARunThatFailedTellsWhatItUsed) {
  std::string const failed =
      R"({"status":"failed","error":{"code":"server_error","message":"m"},"output":[{"type":"web_search_call"}],)"
      R"("usage":{"input_tokens":5,"output_tokens":3}})";
  for (std::string_view const dialect : {"openai", "xai"}) {
    ASSERT_FALSE(adapter_for(dialect)->decode(failed, answered()));
    auto const told = adapter_for(dialect)->told_usage(failed, answered());
    EXPECT_TRUE(told.reported);
    EXPECT_EQ(told.input_total() * 100 + told.output_total(), 503);
  }
  EXPECT_EQ(adapter_for("openai")->told_usage(failed, answered()).web_searches, 1);
  EXPECT_FALSE(adapter_for("openai")->told_usage(R"({"status":"failed","usage":null})", answered()).reported);
}

TEST(ResponsesDecode, CitationsAreNestedAndShiftedByTheTextBefore) {
  auto const a = adapter_for("openai")->decode(
      response(
          R"({"type":"message","content":[{"type":"output_text","text":"äö "},{"type":"output_text","text":"see","annotations":[{"type":"url_citation","start_index":0,"end_index":3,"url":"https://e.org","title":"E"}]}]})"),
      answered());
  ASSERT_TRUE(a);
  auto const note = Json::parse(
      finish_answer(*a, answered(), "p", Nano{1}))["choices"][0]["message"]["annotations"][0]["url_citation"];
  EXPECT_EQ(note["start_index"], 3);
  EXPECT_EQ(note["end_index"], 6);
}

TEST(ResponsesDecode, SearchesCountPagesThatWereOpenedDoNot) {
  auto const a = adapter_for("openai")->decode(
      response(
          R"({"type":"web_search_call","action":{"type":"search"}},{"type":"web_search_call","action":{"type":"open_page"}},)" +
          kSaid),
      answered());
  EXPECT_EQ(a->usage.web_searches, 1);
}

std::string const kLogprobs =
    R"([{"token":"Hi","logprob":-0.5,"bytes":[72,105],"top_logprobs":[{"token":"Hi","logprob":-0.5,"bytes":[72,105]}]}])";
Json const kChatLogprobs{{"content", Json::parse(kLogprobs)}, {"refusal", nullptr}};

TEST(ResponsesDecode, LogProbabilitiesStandBesideTheMessage) {
  auto const said = [](std::string const& logprobs) {
    return response(R"({"type":"message","content":[{"type":"output_text","text":"Hi","logprobs":)" +
                    logprobs + "}]}");
  };
  auto const of = [&](std::string const& body) {
    return Json::parse(finish_answer(*adapter_for("openai")->decode(body, answered()), answered(), "p",
                                     Nano{1}))["choices"][0]["logprobs"];
  };
  EXPECT_EQ(of(said(kLogprobs)), kChatLogprobs);
  EXPECT_TRUE(of(said("[]")).is_null());
}

TEST(ResponsesUsage, PartsAreCutToTheirTotals) {
  auto const u = responses::read_usage(*RawNode::parse(
      R"({"input_tokens":10,"input_tokens_details":{"cached_tokens":8,"cache_write_tokens":5},"output_tokens":3,"output_tokens_details":{"reasoning_tokens":9}})"));
  EXPECT_EQ(u.cached_input, 8);
  EXPECT_EQ(u.cache_write_30m, 2);
  EXPECT_EQ(u.input, 0);
  EXPECT_EQ(u.reasoning, 3);
  EXPECT_EQ(u.output, 0);
}

std::string event(std::string const& type, std::string const& members) {
  return "event: " + type + "\ndata: {\"type\":\"" + type + "\"" + (members.empty() ? "" : ",") + members +
         "}\n\n";
}
std::string text_of_stream(std::string const& wire, ChatBytes& decoder) {
  std::string out, text;
  EXPECT_TRUE(decoder.feed(wire, out));
  for (std::size_t at = 0; (at = out.find("data: ", at)) != std::string::npos; ++at) {
    auto const end = out.find("\n\n", at);
    text += Json::parse(out.substr(at + 6, end - at - 6))["choices"][0]["delta"].value("content", "");
  }
  return text;
}

TEST(ResponsesStream, WhatDeltasLeftOutIsFilledInOnce) {
  std::string const item =
      R"({"type":"message","id":"msg_1","content":[{"type":"output_text","text":"one two three"}]})";
  auto const end = event("response.completed", R"("response":)" + response(item));
  auto const delta =
      event("response.output_text.delta", R"("output_index":1,"content_index":0,"delta":"one ")");
  auto const done =
      event("response.output_text.done", R"("output_index":1,"content_index":0,"text":"one two three")");
  for (auto const& wire : {end, delta + end, done + end, delta + done + end, delta + done + done + end}) {
    auto const decoder = chat_bytes(*adapter_for("openai"), answered());
    EXPECT_EQ(text_of_stream(wire, *decoder), "one two three");
    EXPECT_TRUE(decoder->done());
  }
}

// Deltas bring them without `bytes`, which chat's clients want; a stream without them has them at its end.
TEST(ResponsesStream, LogProbabilitiesComeOnce) {
  std::string const at = R"("output_index":0,"content_index":0,)";
  auto const delta =
      event("response.output_text.delta",
            at + R"("delta":"Hi","logprobs":[{"token":"Hi","logprob":-0.5,"top_logprobs":[]}])");
  auto const bare = event("response.output_text.delta", at + R"("delta":"Hi","logprobs":[])");
  auto const done = event("response.output_text.done", at + R"("text":"Hi","logprobs":)" + kLogprobs);
  auto const end =
      event("response.completed",
            R"("response":)" +
                response(R"({"type":"message","content":[{"type":"output_text","text":"Hi","logprobs":)" +
                         kLogprobs + "}]}"));
  for (auto const& wire : {end, bare + end, bare + done + end, delta + done + end}) {
    auto const decoder = chat_bytes(*adapter_for("openai"), answered());
    std::string out;
    ASSERT_TRUE(decoder->feed(wire, out));
    std::vector<Json> seen;
    for (std::size_t a = 0; (a = out.find("data: ", a)) != std::string::npos; ++a)
      if (auto const l =
              Json::parse(out.substr(a + 6, out.find("\n\n", a) - a - 6))["choices"][0]["logprobs"];
          !l.is_null())
        seen.push_back(l);
    ASSERT_EQ(seen.size(), 1u) << wire;
    if (wire.starts_with(delta))
      EXPECT_TRUE(seen[0]["content"][0]["bytes"].is_null());
    else
      EXPECT_EQ(seen[0], kChatLogprobs);
  }
}

TEST(ResponsesStream, ACallThatComesOnlyAtTheEndStillComes) {
  auto const decoder = chat_bytes(*adapter_for("openai"), answered());
  std::string out;
  ASSERT_TRUE(
      decoder->feed(event("response.completed", R"("response":)" + response(kThought + "," + kCall)), out));
  EXPECT_NE(out.find(R"("id":"call_1")"), std::string::npos);
  EXPECT_NE(out.find(R"("arguments":"{}")"), std::string::npos);
  EXPECT_NE(out.find(R"("finish_reason":"tool_calls")"), std::string::npos);
  EXPECT_EQ(decoder->take_memos().size(), 1u);
}

TEST(ResponsesStream, BothSpellingsOfAnErrorAreFinal) {
  for (auto const& wire :
       {event("error",
              R"("error":{"type":"tokens","code":"rate_limit_exceeded","message":"m","param":null})"),
        event("error", R"("code":"rate_limit_exceeded","message":"m","param":null)"),
        event("response.failed",
              R"("response":{"status":"failed","error":{"code":"rate_limit_exceeded","message":"m"}})")}) {
    auto const decoder = chat_bytes(*adapter_for("openai"), answered());
    std::string out;
    auto const fed = decoder->feed(wire, out);
    ASSERT_FALSE(fed);
    EXPECT_EQ(fed.error().code(), Errc::provider_rate_limited);
    EXPECT_FALSE(decoder->done());
    EXPECT_FALSE(decoder->usage().reported);
  }
}

TEST(ResponsesStream, ARunThatFailedTellsWhatItUsed) {
  auto const decoder = chat_bytes(*adapter_for("openai"), answered());
  std::string out;
  ASSERT_FALSE(
      decoder->feed(event("response.failed",
                          R"("response":{"status":"failed","error":{"code":"server_error","message":"m"},)"
                          R"("usage":{"input_tokens":5,"output_tokens":3}})"),
                    out));
  EXPECT_TRUE(decoder->usage().reported && decoder->usage_final());
  EXPECT_EQ(decoder->usage().input_total() * 100 + decoder->usage().output_total(), 503);
}

}  // namespace responses_test
}  // namespace tsg::providers
