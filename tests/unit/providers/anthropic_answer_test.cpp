// Answers of Anthropic, whole and streamed, and its failures (§1.8 … §1.10, §3.4, §3.6, §3.7).
#include "support/chat_bytes.hpp"
#include "unit/providers/anthropic_fixture.hpp"

namespace tsg::providers {
namespace anthropic_answer_test {

ProviderAdapter const& anthropic() {
  return *adapter_for("anthropic");
}
std::string const kUsage =
    R"("usage":{"input_tokens":21,"cache_creation_input_tokens":70,"cache_read_input_tokens":4096,
      "cache_creation":{"ephemeral_5m_input_tokens":40,"ephemeral_1h_input_tokens":20},
      "output_tokens":88,"output_tokens_details":{"thinking_tokens":40},
      "server_tool_use":{"web_search_requests":2,"web_fetch_requests":1},"service_tier":"standard","inference_geo":"us"})";
std::string message(std::string const& content, std::string const& stop, std::string const& more = "") {
  return R"({"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-5-5","content":[)" +
         content + R"(],"stop_reason":")" + stop + "\"," + more + kUsage + "}";
}
Answer decoded(std::string const& body) {
  auto a = anthropic().decode(body, asking());
  if (!a) {
    ADD_FAILURE() << a.error().peek()->log;
    return {};
  }
  return std::move(*a);
}
Json shown(Answer const& a) {
  return Json::parse(finish_answer(a, asking(), "p", Nano{1}))["choices"][0];
}

TEST(AnthropicAnswer, TextReasoningCallsAndWhatIsToBeRemembered) {
  auto const a =
      decoded(message(R"({"type":"thinking","thinking":"hm","signature":"S"},{"type":"text","text":"I"},
    {"type":"text","text":" look."},{"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{"q":1}},
    {"type":"tool_use","id":"toolu_1","name":"f","input":{"b": 1,"a":2}},{"type":"tool_use","id":"toolu_2","name":"g","input":{}})",
                      "tool_use"));
  auto const choice = shown(a);
  EXPECT_EQ(choice["message"]["content"], "I look.");
  EXPECT_EQ(choice["message"]["reasoning_content"], "hm");
  EXPECT_EQ(choice["message"]["thinking_blocks"],
            Json::parse(R"([{"type":"thinking","thinking":"hm","signature":"S"}])"));
  ASSERT_EQ(choice["message"]["tool_calls"].size(), 2u) << "tools that ran there are not the client's to run";
  EXPECT_EQ(choice["message"]["tool_calls"][0]["function"]["arguments"], R"({"b": 1,"a":2})")
      << "bytes of the model";
  EXPECT_EQ(choice["message"]["tool_calls"][1]["function"]["arguments"], "{}");
  EXPECT_EQ(choice["finish_reason"], "tool_calls");
  EXPECT_EQ(a.upstream_id, "msg_1");
  EXPECT_EQ(a.model, "claude-opus-5-5");
  ASSERT_EQ(a.memos.size(), 1u);
  EXPECT_EQ(a.memos[0].call_id, "toolu_1");
  EXPECT_EQ(Json::parse(a.memos[0].json), Json::parse(R"({"model":"claude-opus-5-5","turn":[
    {"type":"thinking","thinking":"hm","signature":"S"},{"type":"text","bytes":7},
    {"type":"tool_use","id":"toolu_1"},{"type":"tool_use","id":"toolu_2"}]})"));
}

TEST(AnthropicAnswer, UsageClassesAreDisjointAndKeepTheCachesLifetimes) {
  auto const u = decoded(message("", "end_turn")).usage;
  EXPECT_TRUE(u.reported);
  EXPECT_EQ(u.input, 21);
  EXPECT_EQ(u.cached_input, 4096);
  EXPECT_EQ(u.cache_write_1h, 20);
  EXPECT_EQ(u.cache_write_5m, 50) << "what the parts do not account for is the default lifetime";
  EXPECT_EQ(u.reasoning, 40);
  EXPECT_EQ(u.output, 48);
  EXPECT_EQ(u.input_total(), 21 + 4096 + 70);
  EXPECT_EQ(u.web_searches, 2);
  EXPECT_EQ(u.url_fetches, 1);
  EXPECT_EQ(u.region, "inference_geo=us");
}

TEST(AnthropicAnswer, UsageSaysAtWhichSpeedAndWhere) {
  auto const with = [](std::string const& was, std::string const& now) {
    auto body = message("", "end_turn");
    body.replace(body.find(was), was.size(), now);
    return decoded(body).usage;
  };
  EXPECT_EQ(with(R"("standard")", R"("standard","speed":"fast")").service_tier, "fast");
  EXPECT_EQ(with(R"("standard")", R"("standard","speed":"standard")").service_tier, "");
  EXPECT_EQ(with(R"("standard")", R"("priority")").service_tier, "priority");
  EXPECT_EQ(with(R"("us")", R"("global")").region, "");
  EXPECT_EQ(with(R"("us")", R"("eu")").region, "inference_geo=eu") << "the catalogue knows what it costs";
}

TEST(AnthropicAnswer, WhatRanBesideTheAnswerIsKeptApartWithItsModel) {
  auto const with = [](std::string const& iterations) {
    auto body = message("", "end_turn");
    std::string const at = R"("inference_geo":"us")";
    return decoded(body.replace(body.find(at), at.size(), at + R"(,"iterations":[)" + iterations + "]"))
        .usage;
  };
  auto const u = with(
      R"({"type":"message","input_tokens":21,"output_tokens":88},)"
      R"({"type":"advisor_message","model":"claude-opus-4-8","input_tokens":7,"output_tokens":5,"cache_read_input_tokens":2},)"
      R"({"type":"compaction","input_tokens":900,"output_tokens":30,"speed":"fast"})");
  ASSERT_TRUE(u.reported);
  EXPECT_EQ(u.input, 21) << "the top level is what it was";
  ASSERT_EQ(u.beside.size(), 2u);
  EXPECT_EQ(u.beside[0].model, "claude-opus-4-8");
  EXPECT_EQ(u.beside[0].cached_input, 2);
  EXPECT_EQ(u.beside[0].region, "inference_geo=us") << "it ran where the answer ran";
  EXPECT_EQ(u.beside[1].model, "");
  EXPECT_EQ(u.beside[1].service_tier, "fast");
  EXPECT_EQ(u.input_billed(), u.input_total() + 9 + 900);
  EXPECT_EQ(u.output_billed(), u.output_total() + 35);
  EXPECT_EQ(with(R"({"type":"fallback_message"})").model, "claude-opus-5-5") << "as the answer reports it";
  EXPECT_EQ(with(R"({"type":"fallback_message","model":"claude-sonnet-5"})").model, "claude-sonnet-5");
  EXPECT_TRUE(with(R"({"type":"advisor_message","input_tokens":-1,"output_tokens":5})").invalid);
  EXPECT_TRUE(with(R"({"type":"advisor_message","input_tokens":7})").invalid) << "a half is no count";
}

// A member that stands twice took a whole answer with it, which had been paid for.
TEST(AnthropicAnswer, UsageThatNamesAMemberTwiceIsNoBrokenAnswer) {
  auto twice = message(R"({"type":"text","text":"x"})", "end_turn");
  twice.replace(twice.find(R"("output_tokens":88)"), 18, R"("output_tokens":88,"output_tokens":88)");
  EXPECT_EQ(decoded(twice).usage.output_total(), 88);
  twice.replace(twice.find(R"("output_tokens":88)"), 18, R"("output_tokens":3)");
  EXPECT_EQ(shown(decoded(twice))["message"]["content"], "x");
  EXPECT_TRUE(decoded(twice).usage.invalid) << "which of the two?";
}

TEST(AnthropicAnswer, EveryStopReason) {
  std::map<std::string, std::string> const reasons{
      {"end_turn", "stop"},       {"stop_sequence", "stop"},
      {"max_tokens", "length"},   {"model_context_window_exceeded", "length"},
      {"pause_turn", "stop"},     {"refusal", "content_filter"},
      {"tool_use", "tool_calls"}, {"something_new", "stop"}};
  for (auto const& [theirs, ours] : reasons)
    EXPECT_EQ(shown(decoded(message(R"({"type":"text","text":"x"})", theirs)))["finish_reason"], ours)
        << theirs;
}

TEST(AnthropicAnswer, ARefusalSaysWhyAndCostsNothingBeforeTheFirstWord) {
  auto const a =
      decoded(message("", "refusal", R"("stop_details":{"type":"refusal","explanation":"Because."},)"));
  EXPECT_EQ(shown(a)["message"]["refusal"], "Because.");
  EXPECT_TRUE(shown(a)["message"]["content"].is_null());
  EXPECT_EQ(a.usage.reported_cost, Nano{0});
  auto const partial = decoded(message(R"({"type":"text","text":"Well"})", "refusal"));
  EXPECT_TRUE(shown(partial)["message"]["refusal"].is_null());
  EXPECT_FALSE(partial.usage.reported_cost);
}

TEST(AnthropicAnswer, CitationsAreAnnotationsInCharactersOfTheAnswer) {
  auto const a =
      decoded(message(R"({"type":"text","text":"Grüße. "},{"type":"text","text":"Née 1993","citations":[
    {"type":"web_search_result_location","url":"https://e.com","title":"E","cited_text":"…","encrypted_index":"x"},
    {"type":"page_location","document_index":0}]})",
                      "end_turn"));
  EXPECT_EQ(shown(a)["message"]["annotations"], Json::parse(R"([{"type":"url_citation",
    "url_citation":{"start_index":7,"end_index":15,"url":"https://e.com","title":"E"}}])"));
}

std::string event(std::string const& data) {
  return "event: x\ndata: " + data + "\n\n";
}
std::string start() {
  return event(R"({"type":"message_start","message":{"id":"msg_1","model":"claude-opus-5-5","content":[],)"
               R"("usage":{"input_tokens":25,"cache_read_input_tokens":3,"output_tokens":1}}})");
}
std::string block(int index, std::string const& content, std::vector<std::string> const& deltas) {
  auto const at = std::to_string(index);
  auto out = event(R"({"type":"content_block_start","index":)" + at + R"(,"content_block":)" + content + "}");
  for (auto const& d : deltas)
    out += event(R"({"type":"content_block_delta","index":)" + at + R"(,"delta":)" + d + "}");
  return out + event(R"({"type":"content_block_stop","index":)" + at + "}");
}
std::string text(int index, std::string const& said) {
  return block(index, R"({"type":"text","text":""})", {R"({"type":"text_delta","text":")" + said + "\"}"});
}
std::string end(std::string const& reason, std::string const& more = "") {
  return event(R"({"type":"message_delta","delta":{"stop_reason":")" + reason + "\"" + more +
               R"(},"usage":{"output_tokens":6,"input_tokens":null}})") +
         event(R"({"type":"message_stop"})");
}

struct Streamed {
  std::unique_ptr<ChatBytes> decoder = chat_bytes(anthropic(), asking(true));
  std::string out;
  Result<> result{boost::system::in_place_value};
  std::vector<Json> deltas;
  std::string finish;
};
Streamed streamed(std::string const& wire) {
  Streamed s;
  s.result = s.decoder->feed(wire, s.out);
  if (s.result) s.result = s.decoder->finish(s.out);
  std::istringstream lines{s.out};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("data: ")) continue;
    auto const choice = Json::parse(line.substr(6))["choices"][0];
    if (!choice["finish_reason"].is_null()) s.finish += choice["finish_reason"].get<std::string>();
    if (!choice["delta"].empty()) s.deltas.push_back(choice["delta"]);
  }
  return s;
}

TEST(AnthropicStream, TextWithPingsPaddingAndEventsNobodyKnows) {
  auto const s =
      streamed(event(R"({"type": "ping"})") + start() + event(R"({"type":"brand_new","index":0})") +
               text(0, "Seven") + block(1, R"({"type":"new_block"})", {R"({"type":"new_delta","x":1})"}) +
               end("end_turn") + event("{\"type\":\"message_stop\"     }"));
  ASSERT_TRUE(s.result);
  ASSERT_EQ(s.deltas.size(), 2u);
  EXPECT_EQ(s.deltas[0], Json::parse(R"({"role":"assistant","content":""})"));
  EXPECT_EQ(s.deltas[1]["content"], "Seven");
  EXPECT_EQ(s.finish, "stop");
  EXPECT_EQ(s.decoder->usage().input, 25) << "null leaves the earlier number";
  EXPECT_EQ(s.decoder->usage().output, 6) << "overwritten, never added";
}

TEST(AnthropicStream, TwoCallsOneWithoutArgumentsAndTheThinkingBeforeThem) {
  auto const s =
      streamed(start() +
               block(0, R"({"type":"thinking","thinking":"","signature":""})",
                     {R"({"type":"thinking_delta","thinking":"hm"})",
                      R"({"type":"signature_delta","signature":"S"})"}) +
               block(1, R"({"type":"tool_use","id":"toolu_1","name":"f","input":{}})",
                     {R"({"type":"input_json_delta","partial_json":""})",
                      R"({"type":"input_json_delta","partial_json":"{\"a\":"})",
                      R"({"type":"input_json_delta","partial_json":"1}"})"}) +
               block(2, R"({"type":"server_tool_use","id":"srvtoolu_1","name":"web_search","input":{}})",
                     {R"({"type":"input_json_delta","partial_json":"{}"})"}) +
               block(3, R"({"type":"tool_use","id":"toolu_2","name":"g","input":{}})",
                     {R"({"type":"input_json_delta","partial_json":""})"}) +
               end("tool_use"));
  ASSERT_TRUE(s.result);
  std::map<int, std::string> calls;
  for (auto const& d : s.deltas)
    if (d.contains("tool_calls")) {
      auto const& c = d["tool_calls"][0];
      calls[c["index"].get<int>()] +=
          c.value("id", "") + c["function"].value("name", "") + c["function"].value("arguments", "");
    }
  EXPECT_EQ(calls, (std::map<int, std::string>{{0, R"(toolu_1f{"a":1})"}, {1, "toolu_2g{}"}}));
  EXPECT_EQ(s.finish, "tool_calls");
  auto const memos = s.decoder->take_memos();
  ASSERT_EQ(memos.size(), 1u);
  EXPECT_EQ(Json::parse(memos[0].json)["turn"][0],
            Json::parse(R"({"type":"thinking","thinking":"hm","signature":"S"})"));
}

TEST(AnthropicStream, OmittedThinkingIsASignatureWithoutTextAndIsKept) {
  auto const s =
      streamed(start() +
               block(0, R"({"type":"thinking","thinking":"","signature":""})",
                     {R"({"type":"signature_delta","signature":"S"})"}) +
               block(1, R"({"type":"redacted_thinking","data":"D"})", {}) + text(2, "x") + end("end_turn"));
  ASSERT_TRUE(s.result);
  std::string blocks;
  for (auto const& d : s.deltas)
    if (d.contains("thinking_blocks")) blocks += d["thinking_blocks"].dump();
  EXPECT_EQ(
      blocks,
      R"([{"signature":"S","thinking":"","type":"thinking"}][{"data":"D","type":"redacted_thinking"}])");
}

TEST(AnthropicStream, CitationsFollowTheTextTheyBelongTo) {
  auto const s = streamed(
      start() + text(0, "Née ") +
      block(
          1, R"({"type":"text","text":"","citations":[]})",
          {R"({"type":"citations_delta","citation":{"type":"web_search_result_location","url":"https://e.com","title":"E"}})",
           R"({"type":"text_delta","text":"1993"})"}) +
      end("end_turn"));
  ASSERT_TRUE(s.result);
  EXPECT_EQ(s.deltas.back(), Json::parse(R"({"annotations":[{"type":"url_citation",
    "url_citation":{"start_index":4,"end_index":8,"url":"https://e.com","title":"E"}}]})"));
}

TEST(AnthropicStream, ARefusalWithoutAnyBlock) {
  auto const s =
      streamed(start() + end("refusal", R"(,"stop_details":{"type":"refusal","explanation":"No."})"));
  ASSERT_TRUE(s.result);
  EXPECT_EQ(s.deltas.back()["refusal"], "No.");
  EXPECT_EQ(s.finish, "content_filter");
  EXPECT_EQ(s.decoder->usage().reported_cost, Nano{0});
}

TEST(AnthropicStream, AMessageThatStartsTwiceKeepsTheLargerUsage) {
  auto const s = streamed(
      start() +
      event(R"({"type":"content_block_start","index":0,"content_block":{"type":"text","text":"a"}})") +
      event(
          R"({"type":"message_start","message":{"id":"msg_2","usage":{"input_tokens":5,"output_tokens":1}}})") +
      text(0, "b") + end("end_turn"));
  ASSERT_TRUE(s.result);
  EXPECT_EQ(s.decoder->usage().input, 25);
  EXPECT_EQ(s.decoder->upstream_id(), "msg_1");
  EXPECT_EQ(s.finish, "stop");
}

TEST(AnthropicStream, AnErrorIsNoEndWhereverItComes) {
  auto const error = event(R"({"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}})");
  for (auto const& before : {std::string{}, start(), start() + text(0, "x")}) {
    auto const s = streamed(before + error + end("end_turn"));
    ASSERT_FALSE(s.result);
    EXPECT_EQ(s.result.error().code(), Errc::provider_unavailable);
    EXPECT_EQ(s.result.error().peek()->status, 503);
    EXPECT_EQ(s.finish, "");
    EXPECT_EQ(s.decoder->tail("p", {}), "");
  }
  EXPECT_FALSE(streamed(start() + text(0, "x")).result) << "cut off";
  EXPECT_FALSE(streamed(start() + text(0, "x") + event(R"({"type":"message_stop"})")).result)
      << "no stop_reason";
}

struct Case {
  int status;
  std::string body;
  Errc code;
  int shown = 0;
};
TEST(AnthropicErrors, EveryFailureBecomesTheContractsOwn) {
  auto const body = [](std::string const& type, std::string const& message, std::string const& more = "") {
    return R"({"type":"error","error":{"type":")" + type + R"(","message":")" + message + "\"" + more +
           R"(},"request_id":"req_011CeCGmMJJGRCp7xgjqapmJ"})";
  };
  std::vector<Case> const cases{
      {400, body("invalid_request_error", "max_tokens: Field required"), Errc::provider_rejected, 400},
      {400, body("invalid_request_error", "prompt is too long: 3333404 tokens > 200000 maximum"),
       Errc::context_length_exceeded, 400},
      {400, body("invalid_request_error", "You have reached your specified API usage limits."),
       Errc::provider_quota_exhausted},
      {400, body("invalid_request_error", "Your credit balance is too low to access the Anthropic API."),
       Errc::provider_quota_exhausted},
      {401, body("authentication_error", "invalid x-api-key"), Errc::provider_auth_failed},
      {402, body("billing_error", "pay"), Errc::provider_quota_exhausted},
      {403, body("permission_error", "no"), Errc::provider_auth_failed},
      {404, body("not_found_error", "model: claude-foo"), Errc::provider_rejected, 404},
      {413, "<html><body>413 Request Entity Too Large</body></html>", Errc::provider_rejected, 413},
      {429, body("rate_limit_error", "slow down"), Errc::provider_rate_limited},
      {429, body("rate_limit_error", "cap", R"(,"details":{"error_code":"enforced_spend_limit_reached"})"),
       Errc::provider_quota_exhausted},
      {500, body("api_error", "Internal server error"), Errc::provider_unavailable, 502},
      {504, body("timeout_error", "late"), Errc::provider_timeout},
      {529, body("overloaded_error", "Overloaded"), Errc::provider_unavailable, 503},
  };
  for (auto const& c : cases) {
    auto const e = anthropic().decode_error(c.status, c.body, no_field);
    EXPECT_EQ(e.code(), c.code) << c.body;
    EXPECT_EQ(e.peek()->status, c.shown) << c.body;
    EXPECT_FALSE(c.code == Errc::provider_rejected && e.message().empty())
        << "the client must read why: " << c.body;
  }
  auto const inside = anthropic().decode(body("timeout_error", "late"), asking());
  ASSERT_FALSE(inside);
  EXPECT_EQ(inside.error().code(), Errc::provider_timeout) << "told inside a 200, the type says the status";
}

TEST(AnthropicErrors, TheWaitIsPassedOn) {
  auto const e =
      anthropic().decode_error(429, R"({"type":"error","error":{"type":"rate_limit_error","message":"m"}})",
                               [](std::string_view name) {
                                 return name == "retry-after" ? std::string_view{"17"} : std::string_view{};
                               });
  EXPECT_EQ(e.peek()->retry_after, std::chrono::seconds{17});
}

}  // namespace anthropic_answer_test
}  // namespace tsg::providers
