// A forced tool choice on models that refuse to be forced: structured output, given back as a call.
#include "support/chat_bytes.hpp"
#include "unit/providers/anthropic_fixture.hpp"

namespace tsg::providers {
namespace forced_call_test {

std::string const kWeather =
    R"({"type":"function","function":{"name":"weather","description":"Tells the weather.","parameters":{
        "type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}})";
std::string const kNews =
    R"({"type":"function","function":{"name":"news","parameters":{"type":"object","properties":{
        "topic":{"$ref":"#/$defs/Topic"}},"$defs":{"Topic":{"type":"string","enum":["a","b"]}}}}})";
std::string const kNamed = R"({"type":"function","function":{"name":"weather"}})";

std::string asked(std::string const& tools, std::string const& choice, std::string const& more = "") {
  return asking_claude(kHello, R"(,"tools":[)" + tools + R"(],"tool_choice":)" + choice + more);
}
UpstreamRequest encoded(std::string const& body, std::string const& model = "claude-opus-5-5") {
  auto out = claude(body, to_claude(model));
  if (!out) ADD_FAILURE() << out.error().message();
  return out ? std::move(*out) : UpstreamRequest{};
}

TEST(ForcedCall, OneFunctionBecomesTheFormatOfTheAnswer) {
  for (auto const& choice : {kNamed, std::string{R"("required")"}}) {
    auto const tools = choice == kNamed ? kWeather + "," + kNews : kWeather;
    auto const out = encoded(asked(tools, choice));
    auto const body = Json::parse(out.body);
    EXPECT_EQ(body["output_config"]["format"]["schema"]["properties"]["city"]["type"], "string");
    EXPECT_EQ(body["tool_choice"], Json::parse(R"({"type":"none"})")) << "and the tools stay where they were";
    EXPECT_EQ(body["tools"][0]["name"], "weather");
    EXPECT_NE(body["system"].back()["text"].get<std::string>().find("`weather`"), std::string::npos);
    EXPECT_TRUE(out.forced.any);
    EXPECT_EQ(out.forced.name, "weather");
    ASSERT_EQ(out.adapted.size(), 1u);
    EXPECT_EQ(out.adapted[0].member, "tool_choice");
  }
  EXPECT_FALSE(encoded(asked(kWeather, kNamed), "claude-sonnet-5").forced.any) << "that one can be forced";
}

TEST(ForcedCall, SeveralFunctionsAreOneChoiceWithTheirDefinitionsBesideEachOther) {
  auto const out = encoded(asked(kWeather + "," + kNews, R"("required")"));
  EXPECT_EQ(out.forced.name, "");
  auto const schema = Json::parse(out.body)["output_config"]["format"]["schema"];
  auto const& options = schema["properties"]["call"]["anyOf"];
  ASSERT_EQ(options.size(), 2u);
  EXPECT_EQ(options[0]["properties"]["name"]["const"], "weather");
  EXPECT_EQ(options[1]["properties"]["name"]["const"], "news");
  EXPECT_EQ(options[1]["properties"]["arguments"]["properties"]["topic"]["$ref"], "#/$defs/f1_Topic");
  EXPECT_EQ(schema["$defs"]["f1_Topic"]["type"], "string");
  EXPECT_FALSE(options[1]["properties"]["arguments"].contains("$defs"));
  EXPECT_EQ(options[0]["additionalProperties"], false) << "mandatory on every object";
}

TEST(ForcedCall, AllowedToolsThatAreRequiredAreForcedAmongThemselves) {
  auto const out = encoded(asked(
      kWeather + "," + kNews,
      R"({"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"news"}}]}})"));
  EXPECT_EQ(out.forced.name, "news");
}

TEST(ForcedCall, WhatCannotBeSaidThatWayIsRefusedAsBefore) {
  std::string const recursive =
      R"({"type":"function","function":{"name":"tree","parameters":{"type":"object","properties":{"next":{"$ref":"#"}}}}})";
  std::string const map =
      R"({"type":"function","function":{"name":"map","parameters":{"type":"object","additionalProperties":{"type":"string"}}}})";
  std::string const search = R"({"type":"web_search_20260318","name":"web_search","max_uses":1})";
  for (
      auto const& body :
      {asked(recursive, R"("required")"), asked(map, R"("required")"),
       asked(kWeather + "," + search, R"("required")"),
       asked(
           kWeather, kNamed,
           R"(,"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"type":"object"}}})")})
    EXPECT_EQ(refusal(body), "unsupported_parameter tool_choice") << body;
}

DecodeContext decoding(std::string const& name) {
  auto c = asking(true);
  c.wire = Wire::native;
  c.id = "chatcmpl-019ab000-0000-7000-8000-0123456789ab";
  c.forced.any = true;
  c.forced.name = name;
  return c;
}
std::string message(std::string const& text, std::string const& stop) {
  return R"({"id":"m","type":"message","role":"assistant","model":"claude-opus-5-5","content":[{"type":"text","text":)" +
         Json(text).dump() + R"(}],"stop_reason":")" + stop +
         R"(","usage":{"input_tokens":5,"output_tokens":3}})";
}
Json first_choice(std::string const& body, DecodeContext const& c) {
  auto const answer = adapter_for("anthropic")->decode(body, c);
  if (!answer) return {};
  return Json::parse(finish_answer(*answer, c, "anthropic", Nano{1}))["choices"][0];
}

TEST(ForcedCall, TheAnswerComesBackAsACallOfThatFunction) {
  auto const one = first_choice(message(R"({"city":"Bern"})", "end_turn"), decoding("weather"));
  EXPECT_EQ(one["finish_reason"], "tool_calls");
  EXPECT_EQ(one["message"]["content"], nullptr);
  auto const& call = one["message"]["tool_calls"][0];
  EXPECT_EQ(call["function"], Json({{"name", "weather"}, {"arguments", R"({"city":"Bern"})"}}));
  EXPECT_EQ(call["type"], "function");
  EXPECT_TRUE(call["id"].get<std::string>().starts_with("call_"));
  auto const chosen = first_choice(
      message(R"({"call":{"name":"news","arguments":{"topic":"a"}}})", "end_turn"), decoding(""));
  EXPECT_EQ(chosen["message"]["tool_calls"][0]["function"],
            Json({{"name", "news"}, {"arguments", R"({"topic":"a"})"}}));
  auto const cut = first_choice(message(R"({"city":"Be)", "max_tokens"), decoding("weather"));
  EXPECT_EQ(cut["finish_reason"], "length") << "arguments cut short say so, as OpenAI's do";
  EXPECT_EQ(cut["message"]["tool_calls"][0]["function"]["arguments"], R"({"city":"Be)");
  auto const lost = first_choice(message(R"({"call":{"na)", "max_tokens"), decoding(""));
  EXPECT_EQ(lost["message"]["content"], R"({"call":{"na)") << "of no function: then it is text";
}

std::string event(Json const& data) {
  return "event: " + data["type"].get<std::string>() + "\ndata: " + data.dump() + "\n\n";
}
std::string wire(std::vector<std::string> const& pieces) {
  auto out =
      event({{"type", "message_start"},
             {"message",
              {{"id", "m"}, {"model", "c"}, {"usage", {{"input_tokens", 5}, {"output_tokens", 1}}}}}}) +
      event({{"type", "content_block_start"},
             {"index", 0},
             {"content_block", {{"type", "text"}, {"text", ""}}}});
  for (auto const& piece : pieces)
    out += event({{"type", "content_block_delta"},
                  {"index", 0},
                  {"delta", {{"type", "text_delta"}, {"text", piece}}}});
  return out + event({{"type", "content_block_stop"}, {"index", 0}}) +
         event({{"type", "message_delta"},
                {"delta", {{"stop_reason", "end_turn"}}},
                {"usage", {{"output_tokens", 3}}}}) +
         event({{"type", "message_stop"}});
}

TEST(ForcedCall, StreamsGiveTheArgumentsAsTheyCome) {
  for (std::string const name : {"weather", ""}) {
    auto const pieces = name.empty() ? std::vector<std::string>{R"({"call":{"name":"weather",)",
                                                                R"("arguments":{"city":)", R"("Bern"}}})"}
                                     : std::vector<std::string>{R"({"city":)", R"("Bern"})"};
    auto decoder = chat_bytes(*adapter_for("anthropic"), decoding(name));
    std::string out, arguments, called, finish;
    ASSERT_TRUE(decoder->feed(wire(pieces), out));
    ASSERT_TRUE(decoder->finish(out));
    for (std::size_t at = 0; (at = out.find("data: ", at)) != std::string::npos; ++at) {
      auto const choice = Json::parse(out.substr(at + 6, out.find('\n', at) - at - 6))["choices"][0];
      EXPECT_EQ(choice["delta"].value("content", ""), "") << "nothing of it is text";
      if (choice["delta"].contains("tool_calls")) {
        auto const f = choice["delta"]["tool_calls"][0]["function"];
        called += f.value("name", "");
        arguments += f.value("arguments", "");
      }
      if (!choice["finish_reason"].is_null()) finish = choice["finish_reason"];
    }
    EXPECT_EQ(called, "weather");
    EXPECT_EQ(arguments, R"({"city":"Bern"})");
    EXPECT_EQ(finish, "tool_calls");
  }
}

}  // namespace forced_call_test
}  // namespace tsg::providers
