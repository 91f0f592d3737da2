// What is particular to xAI: which API, what models refuse, how tokens and failures are told.
#include <nlohmann/json.hpp>

#include "providers/xai/adapter.hpp"
#include "unit/providers/request_fixture.hpp"

namespace tsg::providers {
namespace xai_test {

using Json = nlohmann::json;

catalog::Model grok(bool thinks, std::string efforts = "") {
  catalog::Model m;
  m.capabilities.reasoning = thinks;
  if (!efforts.empty()) m.rules["effort"] = std::move(efforts);
  return m;
}
Result<UpstreamRequest> encode(std::string more, catalog::Model const& model, std::string_view api = "auto") {
  auto c = to_model("grok");
  c.api = api;
  c.model = c.family = &model;
  return adapter_for("xai")->encode(
      chat(R"({"model":"m","messages":[{"role":"user","content":"x"}])" + more + "}"), c);
}

TEST(Xai, WhatThinksIsAskedOnResponsesAndTheRestOnChat) {
  EXPECT_EQ(encode("", grok(true))->wire, Wire::responses);
  EXPECT_EQ(encode("", grok(false))->wire, Wire::chat);
  EXPECT_EQ(encode("", grok(true), "chat")->wire, Wire::chat);
  EXPECT_EQ(encode(R"(,"web_search_options":{})", grok(false))->wire, Wire::responses);
}

TEST(Xai, ReasoningModelsGetNoStopAndNoPenaltiesNotEvenEmptyOnes) {
  auto const out = encode(R"(,"stop":[],"frequency_penalty":0,"temperature":1)", grok(true), "chat");
  ASSERT_TRUE(out);
  auto const body = Json::parse(out->body);
  EXPECT_FALSE(body.contains("stop"));
  EXPECT_FALSE(body.contains("frequency_penalty"));
  EXPECT_EQ(body["temperature"], 1);
  auto const refused = encode(R"(,"stop":["a"])", grok(true), "chat");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().peek()->param, "stop");
  EXPECT_EQ(encode(R"(,"stop":["a"])", grok(true))->stops, std::vector<std::string>{"a"});
  EXPECT_EQ(Json::parse(encode(R"(,"stop":["a"])", grok(false))->body)["stop"], Json::parse(R"(["a"])"));
}

TEST(Xai, EffortFollowsTheModelsRule) {
  auto const effort = [&](std::string const& word, catalog::Model const& m) {
    return encode(R"(,"reasoning_effort":")" + word + "\"", m);
  };
  EXPECT_EQ(Json::parse(effort("high", grok(true, R"(["low","high"])"))->body)["reasoning"]["effort"],
            "high");
  EXPECT_EQ(effort("medium", grok(true, R"(["low","high"])")).error().peek()->param, "reasoning_effort");
  auto const dropped = effort("high", grok(true, "[]"));
  ASSERT_TRUE(dropped);
  EXPECT_EQ(dropped->dropped, std::vector<std::string>{"reasoning_effort"});
  EXPECT_EQ(dropped->body.find("effort"), std::string::npos);
  EXPECT_FALSE(effort("none", grok(true, "[]")));
}

TEST(Xai, ChatLosesWhatXaiAnswersWithA400) {
  auto const model = grok(false);
  auto c = to_model("grok");
  c.model = c.family = &model;
  auto const out = adapter_for("xai")->encode(
      chat(
          R"({"model":"m","messages":[{"role":"system","name":"s","content":"y"},{"role":"user","name":"ann","content":"x"}],
               "tools":[{"type":"function","function":{"name":"f","strict":true}}],"metadata":{"a":"b"},"prompt_cache_key":"talk-1"})"),
      c);
  ASSERT_TRUE(out);
  auto const body = Json::parse(out->body);
  EXPECT_FALSE(body["messages"][0].contains("name"));
  EXPECT_EQ(body["messages"][1]["name"], "ann");
  EXPECT_FALSE(body["tools"][0]["function"].contains("strict"));
  EXPECT_FALSE(body.contains("metadata"));
  EXPECT_FALSE(body.contains("prompt_cache_key"));
  std::string head;
  out->headers.append_to(head);
  EXPECT_NE(head.find("talk-1"), std::string::npos);
  EXPECT_FALSE(Json::parse(encode(R"(,"tools":[],"tool_choice":"auto")", model)->body).contains("tools"));
}

TEST(Xai, CustomToolsAndAudioAreRefusedOnBothApis) {
  for (auto const* api : {"chat", "responses"}) {
    auto const tool = encode(R"(,"tools":[{"type":"custom","custom":{"name":"sql"}}])", grok(false), api);
    ASSERT_FALSE(tool) << api;
    EXPECT_EQ(tool.error().peek()->param, "tools[0]");
  }
  auto c = to_model("grok");
  for (std::string_view const api : {"chat", "responses"}) {
    c.api = api;
    EXPECT_FALSE(adapter_for("xai")->encode(
        chat(
            R"({"model":"m","messages":[{"role":"user","content":[{"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}}]}]})"),
        c));
  }
}

TEST(XaiUsage, TheTotalTellsWhetherReasoningIsBesideOrInside) {
  auto const read = [](std::string const& text) { return xai::read_chat_usage(*RawNode::parse(text)); };
  auto const beside = read(
      R"({"prompt_tokens":12,"completion_tokens":1,"total_tokens":241,"completion_tokens_details":{"reasoning_tokens":228},"cost_in_usd_ticks":1176500})");
  EXPECT_EQ(beside.output, 1);
  EXPECT_EQ(beside.reasoning, 228);
  EXPECT_EQ(beside.reported_cost, Nano{117'650});
  auto const inside = read(
      R"({"prompt_tokens":12,"completion_tokens":229,"total_tokens":241,"completion_tokens_details":{"reasoning_tokens":228}})");
  EXPECT_EQ(inside.output, 1);
  EXPECT_EQ(inside.reasoning, 228);
}

TEST(XaiUsage, APartOfANanoIsChargedWhole) {
  EXPECT_EQ(xai::read_responses_usage(
                *RawNode::parse(R"({"input_tokens":1,"output_tokens":1,"cost_in_usd_ticks":11})"))
                .reported_cost,
            Nano{2});
}

TEST(XaiUsage, MoreCachedThanInputAreTwoNumbers) {
  auto const u = xai::read_responses_usage(*RawNode::parse(
      R"({"input_tokens":4142,"output_tokens":1,"input_tokens_details":{"cached_tokens":4328}})"));
  EXPECT_EQ(u.input, 4142);
  EXPECT_EQ(u.cached_input, 4328);
}

TEST(XaiErrors, AreOursWhereTheyAreOurs) {
  auto const code = [](int status, std::string const& body) {
    return adapter_for("xai")->decode_error(status, body, no_field).code();
  };
  EXPECT_EQ(
      code(
          400,
          R"({"code":"Client specified an invalid argument","error":"Incorrect API key provided: na***ys."})"),
      Errc::provider_auth_failed);
  EXPECT_EQ(
      code(
          429,
          R"({"code":"x","error":"Your team 1 has either used all available credits or reached its monthly spending limit."})"),
      Errc::provider_quota_exhausted);
  EXPECT_EQ(code(429, R"({"code":"x","error":"Too many tokens for team 1"})"), Errc::provider_rate_limited);
  EXPECT_EQ(code(410, R"({"error":"Live search is deprecated."})"), Errc::unsupported_parameter);
  EXPECT_EQ(
      code(
          400,
          R"({"code":"x","error":"This model's maximum prompt length is 131072 but the request contains 3333404 tokens."})"),
      Errc::context_length_exceeded);
  EXPECT_EQ(code(502, "<html>"), Errc::provider_unavailable);
}

TEST(XaiErrors, AnAnswerOf200MayBeAFailure) {
  auto const a = adapter_for("xai")->decode(
      R"({"code":"The service is currently unavailable","error":"Timed out waiting for first token"})",
      asking());
  ASSERT_FALSE(a);
  EXPECT_EQ(a.error().code(), Errc::provider_unavailable);
}

}  // namespace xai_test
}  // namespace tsg::providers
