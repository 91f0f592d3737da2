// reasoning_effort by model (§3.3), and thinking blocks that survive a tool loop (§3.5).
#include "unit/providers/anthropic_fixture.hpp"

namespace tsg::providers {
namespace anthropic_thinking_test {

// thinking.type or "-", effort or "-", and budget if any.
std::string effort(std::string const& model, std::string const& word, std::string const& more = "") {
  auto const body = sent(
      asking_claude(kHello, (word.empty() ? "" : R"(,"reasoning_effort":")" + word + "\"") + more), model);
  std::string out = body.contains("thinking") ? body["thinking"]["type"].get<std::string>() : "-";
  out += " ";
  out += body.contains("output_config") ? body["output_config"].value("effort", "-") : "-";
  if (body.contains("thinking") && body["thinking"].contains("budget_tokens"))
    out += " " + body["thinking"]["budget_tokens"].dump();
  return out;
}

TEST(AnthropicThinking, EachEffortOnEachGeneration) {
  struct Row {
    std::string model;
    std::map<std::string, std::string> efforts;
  };
  std::vector<Row> const table{
      {"claude-opus-5-5",
       {{"", "- -"}, {"none", "- low"}, {"minimal", "- low"}, {"high", "- high"}, {"max", "- max"}}},
      {"claude-opus-9", {{"", "- -"}, {"xhigh", "- xhigh"}}},
      {"claude-sonnet-5", {{"none", "disabled -"}, {"minimal", "- low"}, {"xhigh", "- xhigh"}}},
      {"claude-opus-4-8", {{"none", "- -"}, {"low", "adaptive low"}, {"xhigh", "adaptive xhigh"}}},
      {"claude-sonnet-4-6", {{"", "- -"}, {"xhigh", "adaptive high"}, {"max", "adaptive max"}}},
      {"claude-opus-4-5",
       {{"minimal", "enabled low 1024"}, {"medium", "enabled medium 8192"}, {"max", "enabled high 16384"}}},
      {"claude-haiku-4-5",
       {{"none", "- -"},
        {"low", "enabled - 2048"},
        {"xhigh", "enabled - 24576"},
        {"max", "enabled - 32000"}}},
  };
  for (auto const& row : table)
    for (auto const& [word, wanted] : row.efforts)
      EXPECT_EQ(effort(row.model, word), wanted) << row.model << " " << word;
}

TEST(AnthropicThinking, WhatAModelCannotHonourIsListed) {
  std::vector<std::string> const lost{"reasoning_effort"};
  EXPECT_EQ(dropped(asking_claude(kHello, R"(,"reasoning_effort":"none")")), lost) << "it always thinks";
  EXPECT_EQ(dropped(asking_claude(kHello, R"(,"reasoning_effort":"high")"), "claude-3-haiku-20240307"), lost);
  EXPECT_EQ(
      dropped(asking_claude(kHello, R"(,"reasoning_effort":"high","max_tokens":1000)"), "claude-haiku-4-5"),
      lost)
      << "a budget must fit below max_tokens";
  EXPECT_EQ(effort("claude-haiku-4-5", "high", R"(,"max_tokens":5000)"), "enabled - 4999");
  EXPECT_EQ(refusal(asking_claude(kHello, R"(,"reasoning_effort":"extreme")")),
            "unsupported_parameter reasoning_effort");
  EXPECT_EQ(dropped(asking_claude(kHello, R"(,"reasoning_effort":"high","tool_choice":"required",
    "tools":[{"type":"function","function":{"name":"f"}}])"),
                    "claude-haiku-4-5"),
            lost)
      << "older models cannot be forced while they think";
}

TEST(AnthropicThinking, TheNativeObjectIsPassedOnAsItIs) {
  auto const body = sent(asking_claude(kHello, R"(,"thinking":{"type":"adaptive","display":"summarized"})"));
  EXPECT_EQ(body["thinking"], Json::parse(R"({"type":"adaptive","display":"summarized"})"));
}

// One turn of a tool loop: the model thought, spoke, thought again and called.
std::string const kMemo =
    R"({"model":"claude-opus-5-5","turn":[{"type":"thinking","thinking":"","signature":"S1"},
  {"type":"text","bytes":3},{"type":"redacted_thinking","data":"D"},{"type":"tool_use","id":"toolu_1"}]})";
std::string loop(std::string const& said = "Hm.", std::string const& members = "") {
  return asking_claude(
      R"([{"role":"user","content":"x"},{"role":"assistant","content":")" + said +
          R"(","tool_calls":[{"id":"toolu_1","type":"function","function":{"name":"f","arguments":"{}"}}]},
                       {"role":"tool","tool_call_id":"toolu_1","content":"42"}])",
      members);
}
EncodeContext remembering(std::string const& model) {
  auto c = to_claude(model);
  c.recall = [](std::string_view id) { return id == "toolu_1" ? std::optional{kMemo} : std::nullopt; };
  return c;
}

TEST(AnthropicThinking, ARememberedTurnGoesBackInItsOrder) {
  auto const out = claude(loop(), remembering("claude-opus-5-5"));
  ASSERT_TRUE(out);
  auto const body = Json::parse(out->body);
  EXPECT_EQ(body["messages"][1]["content"],
            Json::parse(R"([{"type":"thinking","thinking":"","signature":"S1"},
    {"type":"text","text":"Hm."},{"type":"redacted_thinking","data":"D"},
    {"type":"tool_use","id":"toolu_1","name":"f","input":{}}])"));
  EXPECT_EQ(body["thinking"]["block_binding"]["prefix_mismatch_behavior"], "drop_block");
  EXPECT_EQ(out->headers.get("anthropic-beta"), "thinking-binding-controls-2026-08-01");
}

TEST(AnthropicThinking, AMemoOfAnotherModelOrOfAnotherTurnIsLeftOut) {
  auto const types = [](std::string const& body, EncodeContext const& c) {
    std::string out;
    auto const request = sent(body, c);
    for (auto const& block : request["messages"][1]["content"]) out += block["type"].get<std::string>() + " ";
    return out;
  };
  EXPECT_EQ(types(loop(), remembering("claude-opus-5")), "text tool_use ");
  EXPECT_EQ(types(loop("Something else."), remembering("claude-opus-5-5")), "text tool_use ");
  EXPECT_EQ(types(loop("Hm.", R"(,"thinking":{"type":"disabled"})"), remembering("claude-opus-5-5")),
            "text tool_use ");
}

TEST(AnthropicThinking, BlocksThatTheClientKeptStandFirst) {
  auto const body = sent(asking_claude(R"([{"role":"user","content":"x"},{"role":"assistant","content":"Hm.",
    "thinking_blocks":[{"type":"thinking","thinking":"t","signature":"S"}],
    "tool_calls":[{"id":"toolu_1","type":"function","function":{"name":"f","arguments":""}}]},
    {"role":"tool","tool_call_id":"toolu_1","content":"42"}])"));
  EXPECT_EQ(body["messages"][1]["content"][0],
            Json::parse(R"({"type":"thinking","thinking":"t","signature":"S"})"));
  EXPECT_EQ(body["messages"][1]["content"][1]["type"], "text");
}

TEST(AnthropicThinking, AManualLoopWithoutItsThinkingGoesOnWithoutThinking) {
  auto const out = claude(loop("Hm.", R"(,"reasoning_effort":"high")"), to_claude("claude-haiku-4-5"));
  ASSERT_TRUE(out);
  EXPECT_FALSE(Json::parse(out->body).contains("thinking")) << "the API would refuse it";
  EXPECT_EQ(out->dropped, std::vector<std::string>{"reasoning_effort"});
}

}  // namespace anthropic_thinking_test
}  // namespace tsg::providers
