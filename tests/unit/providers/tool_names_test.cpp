// Names and ids that other vendors' clients bring: renamed within the target's limits, and back again.
#include "providers/tool_names.hpp"

#include <set>

#include "support/chat_bytes.hpp"
#include "unit/providers/every_dialect.hpp"

namespace tsg::providers {
namespace tool_names_test {

using every::Json;
using every::kWays;
using every::Way;

std::string const kLong(90, 'n');
// Of MCP servers, Python modules, other APIs: dots, slashes, colons, blanks, other letters, digits first.
std::vector<std::string> const kNames{"3d_render",
                                      "-dash",
                                      "server.tool",
                                      "mcp__files__read-file",
                                      "functions.Bash",
                                      "a:b",
                                      "org/repo/search",
                                      "with blank",
                                      "\xc3\xa4ndern",
                                      kLong,
                                      kLong + "2",
                                      "web_search",
                                      "fn_web_search",
                                      "sandbox",
                                      "server_tool",
                                      "_",
                                      "X",
                                      "",
                                      "fetch_url"};

std::string tools(std::vector<std::string> const& names) {
  auto list = Json::array();
  for (auto const& name : names)
    list.push_back(
        {{"type", "function"}, {"function", {{"name", name}, {"parameters", {{"type", "object"}}}}}});
  return list.dump();
}

// Wherever the dialect has them.
std::vector<std::string> names_sent(Json const& body) {
  std::vector<std::string> out;
  for (auto const& tool : body["tools"]) {
    if (tool.contains("functionDeclarations"))
      for (auto const& one : tool["functionDeclarations"]) out.push_back(one["name"]);
    else if (tool.contains("name"))
      out.push_back(tool["name"]);
  }
  return out;
}

struct Limit {
  bool letter_first;
  std::string_view others;
};
Limit limit_of(std::string const& dialect) {
  return dialect == "gemini" ? Limit{true, "_.:-"} : Limit{false, "_-"};
}
bool fits(std::string const& name, Limit const& limit) {
  auto const letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (name.empty() || name.size() > 64) return false;
  if (limit.letter_first && !letter(name[0]) && name[0] != '_') return false;
  for (char const c : name)
    if (!letter(c) && !(c >= '0' && c <= '9') && limit.others.find(c) == std::string_view::npos) return false;
  return true;
}

class ToolNamesThereAndBack : public testing::TestWithParam<Way> {};

TEST_P(ToolNamesThereAndBack, EachFitsIsOfItsOwnAndComesBack) {
  auto const out = every::encode(GetParam(), R"({"tools":)" + tools(kNames) + "}");
  ASSERT_TRUE(out) << out.error().message();
  auto const sent = names_sent(Json::parse(out->body));
  ASSERT_EQ(sent.size(), kNames.size());
  std::set<std::string> seen;
  for (std::size_t i = 0; i < sent.size(); ++i) {
    EXPECT_TRUE(fits(sent[i], limit_of(GetParam().dialect))) << kNames[i] << " -> " << sent[i];
    EXPECT_TRUE(seen.insert(sent[i]).second) << sent[i] << " twice";
    EXPECT_EQ(own_name(out->renamed, sent[i]), kNames[i]);
  }
  auto const again = every::encode(GetParam(), R"({"tools":)" + tools(kNames) + "}");
  EXPECT_EQ(again->body, out->body) << "the provider's cache knows the prefix";
}

TEST_P(ToolNamesThereAndBack, HistoriesAndChoicesUseTheSameName) {
  auto const out =
      every::encode(GetParam(), R"({"tools":)" + tools({"server.tool", "3d"}) +
                                    R"(,"tool_choice":"auto","messages":[{"role":"user","content":"x"},
    {"role":"assistant","content":null,"tool_calls":[{"id":"c1","type":"function","function":{"name":"3d","arguments":"{}"}}]},
    {"role":"tool","tool_call_id":"c1","content":"ok"}]})");
  ASSERT_TRUE(out) << out.error().message();
  auto const wire = names_sent(Json::parse(out->body)).back();
  EXPECT_EQ(out->body.find(R"("name":"3d")") == std::string::npos, wire != "3d") << out->body;
  EXPECT_NE(out->body.find("\"name\":\"" + wire + "\"", out->body.find("\"name\":\"" + wire) + 1),
            std::string::npos)
      << "in the history too: " << out->body;
}

std::vector<Way> with_names() {
  auto ways = kWays;
  std::erase_if(ways, [](Way const& w) {
    return w.same || w.dialect == "perplexity-sonar" || w.model == "grok-4.20-0309-non-reasoning";
  });
  return ways;
}
INSTANTIATE_TEST_SUITE_P(EveryDialect, ToolNamesThereAndBack, testing::ValuesIn(with_names()));

TEST(ToolNames, ReadableNamesFirst) {
  ToolNames const names{{}, tools_of(chat(every::body(R"({"tools":)" + tools(kNames) + "}"))), {}};
  EXPECT_EQ(names.out("mcp__files__read-file"), "mcp__files__read-file");
  EXPECT_EQ(names.out("functions.Bash"), "functions_Bash");
  EXPECT_EQ(names.out("server.tool").substr(0, 12), "server_tool_") << "server_tool is there already";
}

TEST(ToolNames, NamesMadeToCollideAreToldApartInLinearWork) {
  std::vector<std::string> all{"a.b"};
  for (int i = 0; i < 200; ++i) {
    ToolNames const names{{}, tools_of(chat(every::body(R"({"tools":)" + tools(all) + "}"))), {}};
    ASSERT_TRUE(std::ranges::find(all, names.out("a.b")) == all.end());
    all.emplace_back(names.out("a.b"));  // the client learns the next one, and takes it
  }
}

// vLLM's are 46 bytes ("chatcmpl-tool-" and 32 digits); OpenAI takes 40 on chat and 64 on Responses.
TEST(ToolNames, IdsOfOtherServersAreShortenedForOpenAiAlikeInCallAndResult) {
  std::string const id = "chatcmpl-tool-0123456789abcdef0123456789abcdef", longer = id + id;
  auto const history = [](std::string const& call) {
    return R"({"messages":[{"role":"user","content":"x"},{"role":"assistant","content":null,"tool_calls":[{"id":")" +
           call +
           R"(","type":"function","function":{"name":"f","arguments":"{}"}}]},{"role":"tool","tool_call_id":")" +
           call + R"(","content":"ok"}],"tools":[{"type":"function","function":{"name":"f"}}]})";
  };
  auto const chat_body = every::sent(kWays[0], history(id));
  auto const sent = chat_body["messages"][1]["tool_calls"][0]["id"].get<std::string>();
  EXPECT_LE(sent.size(), 40u);
  EXPECT_EQ(chat_body["messages"][2]["tool_call_id"], sent);
  auto const kept = every::encode(kWays[0], history("call_abc"));
  EXPECT_NE(kept->body.find("call_abc"), std::string::npos);
  auto const responses = every::sent(kWays[1], history(longer));
  EXPECT_LE(responses["input"][1]["call_id"].get<std::string>().size(), 64u);
  EXPECT_EQ(responses["input"][1]["call_id"], responses["input"][2]["call_id"]);
}

TEST(ToolNames, WhatTheModelCallsComesBackUnderTheClientsName) {
  auto c = asking(true);
  c.wire = Wire::native;
  c.id = "chatcmpl-1";
  c.renamed = {{"_3d", "3d"}};
  std::string const whole =
      R"({"id":"m","type":"message","role":"assistant","model":"c","content":[{"type":"tool_use","id":"t","name":"_3d","input":{}}],"stop_reason":"tool_use","usage":{"input_tokens":1,"output_tokens":1}})";
  auto const answer = adapter_for("anthropic")->decode(whole, c);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->choices.at(0).items.at(0).name, "3d");
  auto decoder = chat_bytes(*adapter_for("gemini"), c);
  std::string out;
  ASSERT_TRUE(
      decoder->feed("data: "
                    "{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":\"_3d\",\"args\":{"
                    "}}}]},\"finishReason\":"
                    "\"STOP\",\"index\":0}]}\n\n",
                    out));
  EXPECT_NE(out.find(R"("name":"3d")"), std::string::npos) << out;
}

}  // namespace tool_names_test
}  // namespace tsg::providers
