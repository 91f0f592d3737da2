// Tools, calls, results and structured answers (§1.5, §1.7, §3.2).
#include "unit/providers/anthropic_fixture.hpp"

namespace tsg::providers {
namespace anthropic_tools_test {

std::string const kTool =
    R"(,"tools":[{"type":"function","function":{"name":"f","description":"d","parameters":{"type":"object","properties":{"b":{"type":"string"},"a":{}}}}}])";

TEST(AnthropicTools, SchemasKeepTheirBytesAndGetTheTypeTheyLack) {
  auto const out = claude(asking_claude(kHello, kTool), to_claude("claude-sonnet-5"));
  ASSERT_TRUE(out);
  EXPECT_NE(out->body.find(R"("input_schema":{"type":"object","properties":{"b":{"type":"string"},"a":{}}})"),
            std::string::npos);
  auto const bare = sent(asking_claude(kHello, R"(,"tools":[{"type":"function","function":{"name":"f"}},
    {"type":"function","function":{"name":"g","parameters":{"properties":{}}}}])"));
  EXPECT_EQ(bare["tools"][0]["input_schema"], Json::parse(R"({"type":"object","properties":{}})"));
  EXPECT_EQ(bare["tools"][1]["input_schema"]["type"], "object");
}

TEST(AnthropicTools, StrictStaysOnlyWhereTheSchemaCompiles) {
  auto const tool = [](std::string const& schema) {
    return R"(,"tools":[{"type":"function","function":{"name":"f","strict":true,"parameters":)" + schema +
           "}}]";
  };
  auto const fits =
      sent(asking_claude(kHello, tool(R"({"type":"object","properties":{"a":{"type":"string"}}})")));
  EXPECT_EQ(fits["tools"][0]["strict"], true);
  EXPECT_EQ(fits["tools"][0]["input_schema"]["additionalProperties"], false);
  auto const bound =
      asking_claude(kHello, tool(R"({"type":"object","properties":{"a":{"type":"integer","minimum":1}}})"));
  EXPECT_FALSE(sent(bound)["tools"][0].contains("strict"));
  EXPECT_EQ(sent(bound)["tools"][0]["input_schema"]["properties"]["a"]["minimum"], 1);
  EXPECT_EQ(dropped(bound), std::vector<std::string>{"tools.strict"});
}

TEST(AnthropicTools, EveryFormOfChoice) {
  auto const choice = [](std::string const& members) {
    auto const body = sent(asking_claude(kHello, kTool + members), "claude-sonnet-5");
    return body.contains("tool_choice") ? body["tool_choice"].dump() : "";
  };
  EXPECT_EQ(choice(""), "");
  EXPECT_EQ(choice(R"(,"tool_choice":"auto")"), R"({"type":"auto"})");
  EXPECT_EQ(choice(R"(,"tool_choice":"none")"), R"({"type":"none"})");
  EXPECT_EQ(choice(R"(,"tool_choice":"required")"), R"({"type":"any"})");
  EXPECT_EQ(choice(R"(,"tool_choice":{"type":"function","function":{"name":"f"}})"),
            R"({"name":"f","type":"tool"})");
  EXPECT_EQ(choice(R"(,"parallel_tool_calls":false)"), R"({"disable_parallel_tool_use":true,"type":"auto"})");
  EXPECT_EQ(choice(R"(,"tool_choice":"none","parallel_tool_calls":false)"), R"({"type":"none"})");
}

TEST(AnthropicTools, LegacyFunctionsAndAllowedToolsAndToolsOfTheirOwn) {
  auto const legacy = sent(asking_claude(R"([{"role":"user","content":"x"},
    {"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{\"a\":1}"}},
    {"role":"function","name":"f","content":"1"}])",
                                         R"(,"functions":[{"name":"f"}],"function_call":"auto")"));
  EXPECT_EQ(legacy["tools"][0]["name"], "f");
  EXPECT_EQ(legacy["messages"][1]["content"][0]["id"], legacy["messages"][2]["content"][0]["tool_use_id"]);
  auto const some = sent(asking_claude(kHello, R"(,"tools":[{"type":"function","function":{"name":"f"}},
    {"type":"function","function":{"name":"g"}}],"tool_choice":{"type":"allowed_tools","allowed_tools":
    {"mode":"auto","tools":[{"type":"function","function":{"name":"g"}}]}})"));
  ASSERT_EQ(some["tools"].size(), 1u);
  EXPECT_EQ(some["tools"][0]["name"], "g");
  auto const search =
      sent(asking_claude(kHello, R"(,"tools":[{"type":"web_search_20260318","name":"web_search"}])"));
  EXPECT_EQ(search["tools"][0], Json::parse(R"({"type":"web_search_20260318","name":"web_search"})"));
  EXPECT_EQ(refusal(asking_claude(kHello, R"(,"tools":[{"type":"bash_20250124","name":"bash"}])")),
            "unsupported_parameter tools[0]");
  EXPECT_EQ(refusal(asking_claude(kHello, R"(,"tools":[{"type":"custom","custom":{"name":"c"}}])")),
            "unsupported_parameter tools[0]");
}

std::string loop(std::string const& calls, std::string const& results) {
  return asking_claude(R"([{"role":"user","content":"x"},{"role":"assistant","content":"","tool_calls":[)" +
                       calls + "]}" + results + R"(,{"role":"user","content":"and?"}])");
}
std::string call(std::string const& id, std::string const& arguments) {
  return R"({"id":")" + id + R"(","type":"function","function":{"name":"f","arguments":)" + arguments + "}}";
}
std::string result(std::string const& id, std::string const& content) {
  return R"(,{"role":"tool","tool_call_id":")" + id + R"(","content":)" + content + "}";
}

TEST(AnthropicTools, AllResultsOfATurnComeFirstInOneMessageInTheOrderOfTheCalls) {
  auto const body = sent(loop(call("a", R"("{\"x\": 1}")") + "," + call("b", R"("")"),
                              result("b", R"("second")") + result("a", R"("first")")));
  ASSERT_EQ(body["messages"].size(), 3u);
  EXPECT_EQ(body["messages"][1]["content"].size(), 2u) << "no empty text beside calls";
  EXPECT_EQ(body["messages"][1]["content"][1]["input"], Json::object());
  EXPECT_EQ(body["messages"][2]["content"], Json::parse(R"([
    {"type":"tool_result","tool_use_id":"a","content":"first"},{"type":"tool_result","tool_use_id":"b","content":"second"},
    {"type":"text","text":"and?"}])"));
}

TEST(AnthropicTools, ArgumentsKeepTheirBytesAndMustBeAnObject) {
  auto const out =
      claude(loop(call("a", R"("{\"n\":18446744073709551615,\"f\":1e400}")"), result("a", R"("r")")),
             to_claude("claude-opus-5-5"));
  ASSERT_TRUE(out);
  EXPECT_NE(out->body.find(R"("input":{"n":18446744073709551615,"f":1e400})"), std::string::npos);
  for (auto const* bad : {R"("[1]")", R"("null")", R"("{\"a\":")"})
    EXPECT_EQ(refusal(loop(call("a", bad), result("a", R"("r")"))),
              "bad_request messages[1].tool_calls[0].function.arguments");
}

TEST(AnthropicTools, ACallWithoutAnAnswerAndAnAnswerWithoutACallAreNamed) {
  EXPECT_EQ(refusal(loop(call("a", R"("{}")"), "")), "bad_request messages[1]");
  EXPECT_EQ(refusal(loop(call("a", R"("{}")"), result("a", R"("r")") + result("b", R"("r")"))),
            "bad_request messages[3]");
}

TEST(AnthropicTools, ForeignIdsBecomeLegalAndStayApart) {
  auto const ids = [](std::string const& first, std::string const& second) {
    auto const body = sent(loop(call(first, R"("{}")") + "," + call(second, R"("{}")"),
                                result(first, R"("1")") + result(second, R"("2")")));
    auto const& calls = body["messages"][1]["content"];
    auto const& results = body["messages"][2]["content"];
    for (int i : {0, 1}) EXPECT_EQ(calls[i]["id"], results[i]["tool_use_id"]);
    EXPECT_EQ(results[0]["content"], "1");
    return std::pair{calls[0]["id"].get<std::string>(), calls[1]["id"].get<std::string>()};
  };
  auto const [foreign, legal] = ids("functions.Bash:0", "functions_Bash_0");
  EXPECT_EQ(legal, "functions_Bash_0");
  EXPECT_NE(foreign, legal);
  EXPECT_EQ(foreign.find_first_of(".:"), std::string::npos);
  auto const [once, twice] = ids("call_0", "call_0");
  EXPECT_NE(once, twice) << "an id may stand once in a conversation";
  EXPECT_EQ(ids("functions.Bash:0", "b").first, foreign) << "the same every time";
}

TEST(AnthropicTools, EqualIdsArePairedInOrderAndTakenNamesAreLeftOut) {
  std::string calls, results;
  for (auto const* id : {"a_2", "a", "a", "a", "a_2"}) {
    calls += (calls.empty() ? "" : ",") + call(id, R"("{}")");
    results += result(id, "\"" + std::to_string(results.size()) + "\"");
  }
  auto const body = sent(loop(calls, results));
  std::vector<std::string> ids;
  for (auto const& c : body["messages"][1]["content"]) ids.push_back(c["id"]);
  EXPECT_EQ(ids, (std::vector<std::string>{"a_2", "a", "a_3", "a_4", "a_2_2"}));
  for (std::size_t i = 0; i < ids.size(); ++i)
    EXPECT_EQ(body["messages"][2]["content"][i]["tool_use_id"], ids[i]);
}

TEST(AnthropicTools, ResultsMayHoldImagesAndBeCached) {
  auto const body =
      sent(loop(call("a", R"("{}")"),
                R"(,{"role":"tool","tool_call_id":"a","cache_control":{"type":"ephemeral"},"content":[
    {"type":"text","text":"here"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]})"));
  auto const& block = body["messages"][2]["content"][0];
  EXPECT_EQ(block["content"][1]["source"]["media_type"], "image/png");
  EXPECT_EQ(block["cache_control"]["type"], "ephemeral");
}

std::string format(std::string const& schema) {
  return asking_claude(
      kHello,
      R"(,"response_format":{"type":"json_schema","json_schema":{"name":"n","schema":)" + schema + "}}");
}

TEST(AnthropicTools, AnAnswersSchemaIsFittedToWhatIsCompiled) {
  auto const body = sent(format(R"({"$schema":"x","type":"object","properties":{
    "age":{"type":"integer","minimum":0,"description":"years"},"who":{"oneOf":[{"type":"string"},{"$ref":"#/$defs/P"}]}},
    "required":["age"],"$defs":{"P":{"type":"object","properties":{"s":{"type":"string","maxLength":3}}}}})"));
  auto const wanted = Json::parse(R"j({"type":"json_schema","schema":{"type":"object","properties":{
    "age":{"type":"integer","description":"years (minimum: 0)"},"who":{"anyOf":[{"type":"string"},{"$ref":"#/$defs/P"}]}},
    "required":["age"],"$defs":{"P":{"type":"object","properties":{"s":{"type":"string","description":"maxLength: 3"}},
    "additionalProperties":false}},"additionalProperties":false}})j");
  EXPECT_EQ(body["output_config"]["format"], wanted);
}

TEST(AnthropicTools, SchemasThatCannotBeCompiledAreRefusedHere) {
  for (auto const* bad : {R"({"type":"object","properties":{"next":{"$ref":"#"}}})",
                          R"({"type":"object","properties":{"a":{"$ref":"#/$defs/A"}},"$defs":{
                            "A":{"type":"object","properties":{"b":{"$ref":"#/$defs/B"}}},
                            "B":{"type":"object","properties":{"a":{"$ref":"#/$defs/A"}}}}})",
                          R"({"type":"object","additionalProperties":{"type":"string"}})",
                          R"({"type":"object","properties":{"a":{"$ref":"https://example.com/s.json"}}})"})
    EXPECT_EQ(refusal(format(bad)), "unsupported_parameter response_format") << bad;
  EXPECT_EQ(refusal(format("{}"), "claude-3-haiku-20240307"), "unsupported_parameter response_format");
}

TEST(AnthropicTools, AJsonObjectIsAskedForInWords) {
  auto const body = sent(R"({"model":"m","system":"s","messages":[{"role":"user","content":"json"}],
    "response_format":{"type":"json_object"}})");
  ASSERT_EQ(body["system"].size(), 2u);
  EXPECT_FALSE(body.contains("output_config"));
}

}  // namespace anthropic_tools_test
}  // namespace tsg::providers
