#include "providers/conversation.hpp"

#include <gtest/gtest.h>

#include "providers/tools.hpp"

namespace tsg::providers {
namespace conversation_test {

ChatRequest request(std::string const& body) {
  auto read = read_chat_request(body, {});
  EXPECT_TRUE(read) << (read ? "" : read.error().message());
  return std::move(*read);
}

std::vector<Message> conversation(ChatRequest const& r) {
  std::vector<std::string> dropped;
  return conversation_of(r, dropped);
}

ToolChoice choice_of(ChatRequest const& r) {
  auto const choice = tool_choice_of(r, tools_of(r));
  EXPECT_TRUE(choice) << (choice ? "" : choice.error().message());
  return choice ? *choice : ToolChoice{};
}

TEST(ConversationTest, TopLevelSystemIsTheFirstMessage) {
  auto const r =
      request(R"({"model":"m","system":"be \"brief\"","messages":[{"role":"user","content":"hi"}]})");
  auto const all = conversation(r);
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].role, Role::system);
  EXPECT_EQ(all[0].parts[0].value, R"("be \"brief\"")");
  EXPECT_EQ(all[1].parts[0].value, R"("hi")");
  EXPECT_EQ(all[1].at, "messages[0]");
}

TEST(ConversationTest, PartsCallsAndResultsKeepTheirOrderAndSpelling) {
  auto const r = request(R"({"model":"m","messages":[
    {"role":"user","content":[{"type":"text","text":"a"},{"type":"image_url","image_url":{"url":"https://x/y","detail":"low"}},
      {"type":"input_audio","input_audio":{"data":"AA==","format":"wav"}},
      {"type":"file","file":{"file_data":"data:application/pdf;base64,JVBERi0=","filename":"a.pdf"}}]},
    {"role":"assistant","content":null,"tool_calls":[
      {"id":"c1","type":"function","function":{"name":"f","arguments":"{\"x\":1}"}},
      {"id":"c2","type":"custom","custom":{"name":"g","input":"free"}}]},
    {"role":"tool","tool_call_id":"c1","content":"42"}]})");
  auto const all = conversation(r);
  ASSERT_EQ(all.size(), 3u);
  ASSERT_EQ(all[0].parts.size(), 4u);
  EXPECT_EQ(all[0].parts[1].kind, Part::Kind::image);
  EXPECT_EQ(all[0].parts[1].value, R"("https://x/y")");
  EXPECT_EQ(all[0].parts[1].detail, R"("low")");
  EXPECT_EQ(all[0].parts[2].kind, Part::Kind::audio);
  EXPECT_EQ(all[0].parts[3].detail, R"("a.pdf")");
  EXPECT_EQ(all[0].parts[3].at, "messages[0].content[3]");
  ASSERT_EQ(all[1].calls.size(), 2u);
  EXPECT_EQ(all[1].calls[0].arguments, R"("{\"x\":1}")");
  EXPECT_TRUE(all[1].calls[1].custom);
  EXPECT_EQ(all[2].role, Role::tool);
  EXPECT_EQ(all[2].tool_call_id, "c1");
}

TEST(ConversationTest, LegacyFunctionCallsAreToolCallsWithAnIdOfTheirPosition) {
  auto const r = request(R"({"model":"m","messages":[{"role":"user","content":"x"},
    {"role":"assistant","content":null,"function_call":{"name":"f","arguments":"{}"}},
    {"role":"function","name":"f","content":"1"}],"functions":[{"name":"f"}],"function_call":{"name":"f"}})");
  auto const all = conversation(r);
  ASSERT_EQ(all[1].calls.size(), 1u);
  EXPECT_EQ(all[1].calls[0].id, all[2].tool_call_id);
  auto const tools = tools_of(r);
  ASSERT_EQ(tools.size(), 1u);
  EXPECT_EQ(tools[0].name, "f");
  EXPECT_EQ(choice_of(r).kind, ToolChoice::Kind::named);
}

TEST(ToolsTest, EveryFormOfChoiceAndFormat) {
  auto const with = [](std::string const& members) {
    return request(R"({"model":"m","messages":[{"role":"user","content":"x"}],
      "tools":[{"type":"function","function":{"name":"f","parameters":{"b":1,"a":2},"strict":true}}])" +
                   members + "}");
  };
  EXPECT_EQ(choice_of(with("")).kind, ToolChoice::Kind::unset);
  EXPECT_EQ(choice_of(with(R"(,"tool_choice":"none")")).kind, ToolChoice::Kind::none);
  EXPECT_EQ(choice_of(with(R"(,"tool_choice":"required")")).kind, ToolChoice::Kind::required);
  auto const named = choice_of(with(R"(,"tool_choice":{"type":"function","function":{"name":"f"}})"));
  EXPECT_EQ(named.name, "f");
  auto const allowed = choice_of(with(
      R"(,"tool_choice":{"type":"allowed_tools","allowed_tools":{"mode":"required","tools":[{"type":"function","function":{"name":"f"}}]}})"));
  EXPECT_EQ(allowed.kind, ToolChoice::Kind::allowed);
  EXPECT_TRUE(allowed.required);
  EXPECT_EQ(allowed.allowed, std::vector<std::string>{"f"});
  auto const r = with(R"(,"parallel_tool_calls":false,"stop":["a","b"],
    "response_format":{"type":"json_schema","json_schema":{"name":"n","schema":{"z":1,"a":2},"strict":true}})");
  EXPECT_TRUE(parallel_tools_forbidden(r));
  EXPECT_EQ(stops_of(r), (std::vector<std::string>{"a", "b"}));
  auto const format = answer_format_of(r);
  EXPECT_EQ(format.schema, R"({"z":1,"a":2})") << "key order is observable";
  EXPECT_TRUE(format.strict);
  EXPECT_EQ(tools_of(r)[0].parameters, R"({"b":1,"a":2})");
}

}  // namespace conversation_test
}  // namespace tsg::providers
