// Perplexity: search as a tool, names it keeps for itself, its own bill, and Sonar's turns and thoughts.
#include <nlohmann/json.hpp>
#include <set>

#include "providers/perplexity/adapter.hpp"
#include "providers/reported_cost.hpp"
#include "providers/sonar/adapter.hpp"
#include "support/chat_bytes.hpp"
#include "unit/providers/request_fixture.hpp"

namespace tsg::providers {
namespace perplexity_test {

using Json = nlohmann::json;

Json agent(std::string more, bool searches = true) {
  catalog::Model model;
  if (searches) model.rules["search"] = "\"forced\"";
  auto c = to_model("perplexity/sonar");
  c.model = c.family = &model;
  auto const out =
      adapter_for("perplexity")
          ->encode(chat(R"({"model":"m","messages":[{"role":"user","content":"x"}])" + more + "}"), c);
  if (!out) {
    ADD_FAILURE() << out.error().message();
    return {};
  }
  EXPECT_EQ(out->path, "/v1/agent");
  return Json::parse(out->body);
}
std::string const kFunction = R"(,"tools":[{"type":"function","function":{"name":"web_search"}}])";

TEST(PerplexityAgent, SonarSearchesUnlessToldNotTo) {
  auto const body = agent("");
  EXPECT_EQ(body["tools"], Json::parse(R"([{"type":"web_search","max_tokens":10000}])"));
  EXPECT_EQ(body["tool_choice"], Json::parse(R"({"type":"web_search"})"));
  EXPECT_FALSE(agent(R"(,"disable_search":true)").contains("tools"));
  EXPECT_FALSE(agent("", false).contains("tools"));
}

TEST(PerplexityAgent, SonarsFiltersGoIntoTheTool) {
  auto const tool = agent(
      R"(,"search_domain_filter":["e.org"],"web_search_options":{"search_context_size":"low","user_location":{"type":"approximate","approximate":{"country":"DE"}}})",
      false)["tools"][0];
  EXPECT_EQ(
      tool,
      Json::parse(
          R"({"type":"web_search","max_tokens":10000,"filters":{"search_domain_filter":["e.org"]},"search_context_size":"low","user_location":{"country":"DE"}})"));
}

TEST(PerplexityAgent, OnlyFieldsItKnowsAreSent) {
  auto const body = agent(
      R"(,"seed":1,"user":"u","metadata":{},"temperature":0.5,"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{}}})");
  for (auto const& [key, value] : body.items())
    EXPECT_TRUE((std::set<std::string>{"model", "input", "max_output_tokens", "tools", "tool_choice",
                                       "max_tool_calls", "max_steps", "response_format", "temperature",
                                       "stream", "store"}
                     .contains(key)))
        << key;
}

TEST(PerplexityAgent, ClientsFunctionsWithReservedNamesComeBackAsTheyWere) {
  auto const body = agent(kFunction);
  EXPECT_EQ(body["tools"][1]["name"], "fn_web_search");
  EXPECT_FALSE(body.contains("tool_choice"));  // who brings functions wants them called
}

TEST(PerplexityAgent, ItsOwnCallsAreNotTheClients) {
  auto c = asking(true);
  c.wire = Wire::responses;
  auto const a =
      adapter_for("perplexity")
          ->decode(
              R"({"id":"r","model":"m","status":"completed","output":[{"type":"function_call","call_id":"1","name":"search_web","arguments":"{}"},
        {"type":"search_results","results":[{"id":1,"url":"https://e.org","title":"E"}]},
        {"type":"message","content":[{"type":"output_text","text":"Ü [1] [9]","annotations":[]}]}],
        "usage":{"input_tokens":5,"output_tokens":3,"tool_calls_details":{"search_web":{"invocation":2}},"cost":{"total_cost":5e-05}}})",
              c);
  ASSERT_TRUE(a);
  auto const body = Json::parse(finish_answer(*a, c, "p", Nano{1}));
  EXPECT_EQ(body["choices"][0]["finish_reason"], "stop");
  EXPECT_EQ(body["citations"], Json::parse(R"(["https://e.org"])"));
  auto const& notes = body["choices"][0]["message"]["annotations"];
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0]["url_citation"]["start_index"], 2);
  EXPECT_EQ(a->usage.web_searches, 2);
  EXPECT_EQ(a->usage.reported_cost, Nano{50'000});
}

TEST(PerplexityAgent, AFailedRunIsA200) {
  auto c = asking();
  c.wire = Wire::responses;
  auto const a =
      adapter_for("perplexity")
          ->decode(
              R"({"status":"failed","output":[],"error":{"message":"m","code":"request_rate_limit_exceeded"}})",
              c);
  ASSERT_FALSE(a);
  EXPECT_EQ(a.error().code(), Errc::provider_rate_limited);
  auto const decoder = chat_bytes(*adapter_for("perplexity"), c);
  std::string out;
  auto const fed = decoder->feed(
      "data: {\"type\":\"response.failed\",\"error\":{\"message\":\"m\",\"code\":\"internal_error\"}}\n\n",
      out);
  ASSERT_FALSE(fed);
  EXPECT_EQ(fed.error().code(), Errc::provider_unavailable);
}

TEST(PerplexityErrors, InOurWords) {
  auto const error = [](int status, std::string const& body) {
    return adapter_for("perplexity")->decode_error(status, body, no_field);
  };
  EXPECT_EQ(error(400, R"({"error":{"message":"m","type":"too_many_prompt_tokens","code":400}})").code(),
            Errc::context_length_exceeded);
  EXPECT_EQ(error(429, R"({"error":{"message":"m","type":"request_rate_limit_exceeded","code":429}})").code(),
            Errc::provider_rate_limited);
  EXPECT_EQ(error(401, "<html>").code(), Errc::provider_auth_failed);
  EXPECT_EQ(error(424, R"({"error":{"message":"m","type":"external_connector_error"}})").code(),
            Errc::provider_unavailable);
  auto const invalid =
      error(422, R"({"detail":[{"loc":["body","messages"],"msg":"field required","type":"t"}]})");
  EXPECT_EQ(invalid.message(), "messages: field required");
  EXPECT_EQ(invalid.peek()->param, "messages");
}

TEST(ReportedCost, WhatToolsCostIsPartOfIt) {
  auto const agent_usage = [](std::string const& more) {
    auto const text = R"({"input_tokens":5,"output_tokens":3,)" + more + "}";  // the node has views of it
    return perplexity::read_usage(RawNode::parse(text).value());
  };
  auto const recorded = agent_usage(
      R"("cost":{"input_cost":0,"output_cost":0.00002,"cache_read_cost":0.00003,"tool_calls_cost":0.001,"total_cost":0.00105})");
  EXPECT_EQ(recorded.reported_cost, Nano{1'050'000});
  EXPECT_EQ(recorded.reported_fees, Nano{1'000'000});
  auto const parts =
      agent_usage(R"("cost":{"input_cost":0.0003,"output_cost":0.0001,"tool_calls_cost":0.0025})");
  EXPECT_EQ(parts.reported_cost, Nano{2'900'000}) << "their sum, where no total is told";
  auto const short_total = agent_usage(
      R"("cost":{"input_cost":0.0003,"output_cost":0.0001,"tool_calls_cost":0.0025,"total_cost":0.0004})");
  EXPECT_EQ(short_total.reported_cost, Nano{2'900'000}) << "a total of the tokens alone";
  auto const tools = agent_usage(
      R"("cost":{"tool_calls_cost":0.0025},"tool_calls_details":{"search_web":{"invocation":1,"cost_usd":0.001}})");
  EXPECT_FALSE(tools.reported_cost);
  EXPECT_EQ(tools.reported_fees, Nano{2'500'000});
  auto const own = agent_usage(
      R"("tool_calls_details":{"search_web":{"invocation":1,"cost_usd":0.001},"sandbox":{"invocation":2,"cost_usd":0.06}})");
  EXPECT_EQ(own.reported_fees, Nano{61'000'000}) << "of each tool";
}

TEST(ReportedCost, IsExactToTheNano) {
  EXPECT_EQ(nano_usd_of("0.00105"), Nano{1'050'000});
  EXPECT_EQ(nano_usd_of("5e-05"), Nano{50'000});
  EXPECT_EQ(nano_usd_of("2.8e-08"), Nano{28});
  EXPECT_EQ(nano_usd_of("0"), Nano{0});
  EXPECT_EQ(nano_usd_of("12"), Nano{12'000'000'000});
  EXPECT_EQ(nano_usd_of("1.5E+1"), Nano{15'000'000'000});
  EXPECT_EQ(nano_usd_of("0.0000000005"), Nano{1});  // half up
  EXPECT_EQ(nano_usd_of("0.00000000049999999999999999999999"), Nano{0});
  EXPECT_EQ(nano_usd_of("0.029999999999999999"), Nano{30'000'000});
  for (std::string_view const bad :
       {"", "null", "-1", "\"1\"", "1e", "1e99", "9999999999999999999999", "1e-"})
    EXPECT_FALSE(nano_usd_of(bad)) << bad;
}

Result<UpstreamRequest> sonar(std::string messages, std::string more = "") {
  return adapter_for("perplexity-sonar")
      ->encode(chat(R"({"model":"m","messages":)" + messages + more + "}"), to_model("sonar"));
}

TEST(Sonar, TurnsAlternate) {
  auto const out = sonar(
      R"([{"role":"developer","content":"d"},{"role":"user","content":"a"},{"role":"user","content":"b"},{"role":"assistant","content":""},{"role":"system","content":"s"},{"role":"assistant","content":"c"},{"role":"user","content":"e"}])");
  ASSERT_TRUE(out);
  EXPECT_EQ(
      Json::parse(out->body)["messages"],
      Json::parse(
          R"([{"role":"system","content":"d"},{"role":"user","content":"a\n\nb\n\ns"},{"role":"assistant","content":"c"},{"role":"user","content":"e"}])"));
  EXPECT_FALSE(sonar(R"([{"role":"user","content":"a"},{"role":"assistant","content":"b"}])"));
  EXPECT_FALSE(sonar(R"([{"role":"user","content":"a"}])",
                     R"(,"tools":[{"type":"function","function":{"name":"f"}}])"));
}

TEST(Sonar, ThoughtsInTheTextAreTakenOutHoweverTheyAreCut) {
  std::string const said = "<think>hm < </thin k</think>\n\n{\"a\":\"<think>\"}";
  for (std::size_t step = 1; step <= said.size(); ++step) {
    sonar::ThinkSplitter splitter;
    std::string thought, text;
    for (std::size_t at = 0; at < said.size(); at += step) {
      auto const p = splitter.feed(said.substr(at, step));
      thought += p.thought;
      text += p.text;
    }
    auto const p = splitter.rest();
    EXPECT_EQ(thought + p.thought, "hm < </thin k") << step;
    EXPECT_EQ(text + p.text, "{\"a\":\"<think>\"}") << step;
  }
}

TEST(Sonar, DeepResearchPaysForSearchesAndCitationsInsteadOfTheRequest) {
  auto const u = sonar::read_usage(*RawNode::parse(
      R"({"prompt_tokens":33,"completion_tokens":7163,"citation_tokens":20016,"num_search_queries":18,"reasoning_tokens":73997,"cost":{"total_cost":0.409}})"));
  EXPECT_EQ(u.output_total(), 7163 + 73997);
  EXPECT_EQ(u.citation, 20016);
  EXPECT_EQ(u.web_searches, 18);
  EXPECT_EQ(u.requests, 0);
  EXPECT_EQ(u.reported_cost, Nano{409'000'000});
}

TEST(Sonar, AnEndOfTheBodyBeforeAFinishReasonIsNoEnd) {
  auto const chunk = R"(data: {"id":"s","model":"m","choices":[{"index":0,"delta":{"content":"a"}}]})" +
                     std::string{"\r\n\r\n"};
  auto const last =
      R"(data: {"id":"s","model":"m","choices":[{"index":0,"delta":{"content":"b"},"finish_reason":"stop"}]})" +
      std::string{"\r\n\r\n"};
  std::string out;
  auto cut = chat_bytes(*adapter_for("perplexity-sonar"), asking());
  EXPECT_TRUE(cut->feed(chunk, out));
  EXPECT_FALSE(cut->finish(out));
  auto whole = chat_bytes(*adapter_for("perplexity-sonar"), asking());
  EXPECT_TRUE(whole->feed(chunk + last, out));
  EXPECT_FALSE(whole->done());
  EXPECT_TRUE(whole->finish(out));
  EXPECT_TRUE(whole->done());
}

}  // namespace perplexity_test
}  // namespace tsg::providers
