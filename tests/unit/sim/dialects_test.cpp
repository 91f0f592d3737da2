// Each dialect's answers: their shape against recorded ones, their numbers against what was ordered.
#include "unit/sim/support.hpp"

namespace tsg::sim {
namespace {

std::optional<Json> fixture(std::string const& prefix) {
  auto const* root = std::getenv("TSG_FIXTURES");
  if (root == nullptr) return std::nullopt;
  std::filesystem::path const base(root);
  auto const slash = prefix.find('/');
  std::vector<std::filesystem::path> found;
  for (auto const& entry : std::filesystem::directory_iterator(base / prefix.substr(0, slash)))
    if (entry.path().filename().string().starts_with(prefix.substr(slash + 1)) &&
        exists(entry.path() / "response.json"))
      found.push_back(entry.path() / "response.json");
  if (found.empty()) return std::nullopt;
  std::sort(found.begin(), found.end());
  std::ifstream file(found.front());
  return Json::parse(file, nullptr, false);
}

/// Members of the recorded answer that ours lacks or has in another JSON type; null matches anything.
void compare(Json const& recorded, Json const& ours, std::string const& at,
             std::vector<std::string>& differences) {
  if (recorded.is_null() || ours.is_null()) return;
  if (recorded.is_number() && ours.is_number()) return;
  if (recorded.type() != ours.type()) {
    differences.push_back(at + ": other type");
    return;
  }
  if (recorded.is_array() && !recorded.empty() && !ours.empty())
    compare(recorded[0], ours[0], at + "[0]", differences);
  if (!recorded.is_object()) return;
  for (auto const& [name, value] : recorded.items())
    if (!ours.contains(name))
      differences.push_back(at + "." + name);
    else
      compare(value, ours[name], at + "." + name, differences);
}

struct Shape {
  char const* fixture;
  char const* target;
  Json body;
  std::vector<std::string> optional;  // members that only some of the real answers have
};

std::vector<Shape> shapes() {
  Json const tools = Json::array(
      {Json{{"type", "function"}, {"function", {{"name", "f"}, {"parameters", {{"type", "object"}}}}}}});
  auto with_tools = chat("gpt-4o", "hi");
  with_tools["tools"] = tools;
  return {
      {"openai/chat-plain-gpt", "/v1/chat/completions", chat("gpt-4o", "hi"), {}},
      {"openai/chat-tools-gpt", "/v1/chat/completions", with_tools, {}},
      {"openai/responses-plain-gpt",
       "/v1/responses",
       {{"model", "gpt-4o"}, {"input", "hi"}},
       {".moderation", ".reasoning.context", ".reasoning.mode", ".tool_usage"}},
      {"openai/embeddings-text-embedding",
       "/v1/embeddings",
       {{"model", "text-embedding-3-small"},
        {"input", "hi"},
        {"dimensions", 4},
        {"encoding_format", "base64"}},
       {}},
      {"xai/chat-plain-grok",
       "/xai/v1/chat/completions",
       chat("grok-4.3", "hi"),
       {".usage.cost_in_nano_usd"}},
      {"anthropic/plain-claude-sonnet",
       "/anthropic/v1/messages",
       {{"model", "claude-opus-5-5"},
        {"max_tokens", 50},
        {"messages", Json::array({Json{{"role", "user"}, {"content", "hi"}}})}},
       {".usage.inference_geo", ".stop_details"}},
      {"gemini/plain-gemini-3",
       "/gemini/v1beta/models/gemini-3.8-flash:generateContent",
       {{"contents",
         Json::array(
             {Json{{"role", "user"}, {"parts", Json::array({Json{{"text", "hi [[sim:reasoning=2]]"}}})}}})}},
       {".candidates[0].content.parts[0].thoughtSignature", ".candidates[0].avgLogprobs",
        ".usageMetadata.serviceTier"}},
      {"perplexity/plain-sonar-pro",
       "/perplexity/chat/completions",
       chat("sonar", "hi"),
       {".usage.cost", ".search_results[0].snippet", ".search_results[0].source",
        ".search_results[0].last_updated"}},
  };
}

TEST(SimDialects, AnswersHaveTheMembersOfRecordedOnes) {
  if (std::getenv("TSG_FIXTURES") == nullptr) GTEST_SKIP() << "TSG_FIXTURES is not set";
  for (auto const& shape : shapes()) {
    auto const recorded = fixture(shape.fixture);
    ASSERT_TRUE(recorded) << shape.fixture;
    auto const answer = post(shape.target, shape.body);
    ASSERT_EQ(answer->status, 200) << answer->body;
    std::vector<std::string> differences;
    compare(*recorded, parsed(answer), "", differences);
    for (auto const& difference : differences)
      EXPECT_EQ(std::count(shape.optional.begin(), shape.optional.end(), difference), 1)
          << shape.fixture << " has " << difference;
  }
}

constexpr char const* kOrder = "go [[sim:input_tokens=1000,cached=100,output_tokens=20,reasoning=5]]";

TEST(SimDialects, OpenAiCountsCachedAndReasoningInside) {
  auto const usage = parsed(post("/v1/chat/completions", chat("gpt-4o", kOrder)))["usage"];
  EXPECT_EQ(usage["prompt_tokens"], 1000);
  EXPECT_EQ(usage["prompt_tokens_details"]["cached_tokens"], 100);
  EXPECT_EQ(usage["completion_tokens"], 20);
  EXPECT_EQ(usage["completion_tokens_details"]["reasoning_tokens"], 5);
}

TEST(SimDialects, XaiChatLeavesReasoningOutOfCompletionAndBillsItInTicks) {
  auto const usage = parsed(post("/xai/v1/chat/completions", chat("grok-4.3", kOrder)))["usage"];
  EXPECT_EQ(usage["completion_tokens"], 15);
  EXPECT_EQ(usage["total_tokens"], 1020);
  // 900 x 1.25 + 100 x 0.2 + 20 x 2.5 = 1195 micro-USD; one is 10^4 ticks.
  EXPECT_EQ(usage["cost_in_usd_ticks"], 11'950'000);
}

TEST(SimDialects, AnthropicLeavesTheCacheOutOfInput) {
  auto body = chat("claude-opus-5-5", kOrder);
  body["max_tokens"] = 100;
  auto const usage = parsed(post("/anthropic/v1/messages", body))["usage"];
  EXPECT_EQ(usage["input_tokens"], 900);
  EXPECT_EQ(usage["cache_read_input_tokens"], 100);
  EXPECT_EQ(usage["output_tokens"], 20);
}

TEST(SimDialects, GeminiLeavesThoughtsOutOfCandidates) {
  Json const body{
      {"contents", Json::array({Json{{"role", "user"}, {"parts", Json::array({Json{{"text", kOrder}}})}}})}};
  auto const usage =
      parsed(post("/gemini/v1beta/models/gemini-3.8-flash:generateContent", body))["usageMetadata"];
  EXPECT_EQ(usage["candidatesTokenCount"], 15);
  EXPECT_EQ(usage["thoughtsTokenCount"], 5);
  EXPECT_EQ(usage["totalTokenCount"], 1020);
}

TEST(SimDialects, PerplexityAgentReportsItsCost) {
  Json const body{{"model", "perplexity/sonar"},
                  {"input", "go [[sim:input_tokens=1000,output_tokens=20,searches=2]]"}};
  auto const usage = parsed(post("/perplexity/v1/agent", body))["usage"];
  EXPECT_EQ(usage["tool_calls_details"]["search_web"]["invocation"], 2);
  EXPECT_EQ(usage["cost"]["total_cost"].get<double>(), 0.0003);
}

TEST(SimDialects, MaxTokensEndsWithLengthInEveryDialect) {
  auto text = chat("gpt-4o", "go [[sim:output_tokens=50]]");
  text["max_tokens"] = 7;
  auto const openai = parsed(post("/v1/chat/completions", text));
  EXPECT_EQ(openai["choices"][0]["finish_reason"], "length");
  EXPECT_EQ(openai["usage"]["completion_tokens"], 7);
  auto const anthropic = parsed(post("/anthropic/v1/messages", text));
  EXPECT_EQ(anthropic["stop_reason"], "max_tokens");
  EXPECT_EQ(anthropic["usage"]["output_tokens"], 7);
  auto overrun = chat("sim-overrun", "go");
  overrun["max_tokens"] = 10;
  EXPECT_EQ(parsed(post("/v1/chat/completions", overrun))["usage"]["completion_tokens"], 15);
}

TEST(SimDialects, StreamSaysTheSameTextAsThePlainAnswer) {
  auto const plain = parsed(post("/v1/chat/completions", chat("gpt-4o", "go")));
  auto const stream = post("/v1/chat/completions", chat("gpt-4o", "go", true));
  std::string text;
  for (auto const& event : events(stream->body)) text += event["choices"][0]["delta"].value("content", "");
  EXPECT_EQ(text, plain["choices"][0]["message"]["content"].get<std::string>());
  EXPECT_TRUE(stream->body.ends_with("data: [DONE]\n\n"));
  EXPECT_EQ(stream->body.find("\"usage\""), std::string::npos) << "usage was not asked for";
}

TEST(SimDialects, ToolsAreCalledInOrderWithConformingArguments) {
  auto body = chat("gpt-4o", "go [[sim:tool=b+a]]");
  Json const schema{{"type", "object"},
                    {"properties", {{"city", {{"type", "string"}}}, {"unit", {{"enum", {"c", "f"}}}}}},
                    {"required", {"city", "unit"}}};
  for (char const* name : {"a", "b"})
    body["tools"].push_back({{"type", "function"}, {"function", {{"name", name}, {"parameters", schema}}}});
  auto const answer = parsed(post("/v1/chat/completions", body));
  auto const calls = answer["choices"][0]["message"]["tool_calls"];
  ASSERT_EQ(calls.size(), 2U);
  EXPECT_EQ(calls[0]["function"]["name"], "b");
  auto const arguments = Json::parse(calls[1]["function"]["arguments"].get<std::string>());
  EXPECT_EQ(arguments["unit"], "c");
  body["messages"].push_back({{"role", "tool"}, {"tool_call_id", "x"}, {"content", "42"}});
  EXPECT_EQ(parsed(post("/v1/chat/completions", body))["choices"][0]["finish_reason"], "stop")
      << "after a result: text";
}

TEST(SimDialects, StreamedToolArgumentsJoinToThePlainOnes) {
  auto body = chat("gpt-4o", "go", true);
  body["tools"].push_back(
      {{"type", "function"},
       {"function", {{"name", "f"}, {"parameters", {{"properties", {{"x", {{"type", "integer"}}}}}}}}}});
  std::string arguments, names;
  for (auto const& event : events(post("/v1/chat/completions", body)->body))
    for (auto const& call : event["choices"][0]["delta"].value("tool_calls", Json::array())) {
      arguments += call["function"].value("arguments", "");
      names += call["function"].value("name", "");
    }
  EXPECT_EQ(arguments, R"({"x":1})");
  EXPECT_EQ(names, "f") << "the name must be said once";
}

TEST(SimDialects, EmbeddingsAreTheSameInBothEncodings) {
  Json body{{"model", "text-embedding-3-small"}, {"input", "hello"}, {"dimensions", 2}};
  auto const floats = parsed(post("/v1/embeddings", body))["data"][0]["embedding"].get<std::vector<float>>();
  body["encoding_format"] = "base64";
  auto const text = parsed(post("/v1/embeddings", body))["data"][0]["embedding"].get<std::string>();
  ASSERT_EQ(floats.size(), 2U);
  EXPECT_EQ(text.size(), 12U);  // 8 bytes
  std::string bytes(8, '\0');
  std::memcpy(bytes.data(), floats.data(), 8);
  static constexpr std::string_view alphabet =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  EXPECT_EQ(text[0], alphabet[static_cast<unsigned char>(bytes[0]) >> 2U]);
}

TEST(SimDialects, AnthropicAndResponsesStreamsKeepTheirEventOrder) {
  auto body = chat("claude-opus-5-5", "go [[sim:output_tokens=2]]", true);
  body["max_tokens"] = 9;
  std::vector<std::string> kinds;
  for (auto const& event : events(post("/anthropic/v1/messages", body)->body)) kinds.push_back(event["type"]);
  EXPECT_EQ(kinds, (std::vector<std::string>{"message_start", "content_block_start", "ping",
                                             "content_block_delta", "content_block_delta",
                                             "content_block_stop", "message_delta", "message_stop"}));
  Json const ask{{"model", "gpt-4o"}, {"input", "go"}, {"stream", true}};
  std::int64_t expected = 0;
  auto const sent = events(post("/v1/responses", ask)->body);
  for (auto const& event : sent) EXPECT_EQ(event["sequence_number"], expected++);
  EXPECT_EQ(sent.front()["type"], "response.created");
  EXPECT_EQ(sent.back()["type"], "response.completed");
}

TEST(SimDialects, NativeValidationRefusesInTheDialectsOwnWords) {
  EXPECT_EQ(parsed(post("/v1/chat/completions", {{"model", "x"}}))["error"]["code"],
            "missing_required_parameter");
  auto extra = chat("x", "hi");
  extra["nope"] = 1;
  EXPECT_EQ(parsed(post("/v1/chat/completions", extra))["error"]["param"], "nope");
  extra["max_tokens"] = 5;
  EXPECT_EQ(parsed(post("/anthropic/v1/messages", extra))["error"]["message"],
            "nope: Extra inputs are not permitted");
  EXPECT_EQ(parsed(post("/gemini/v1beta/models/g:generateContent", extra))["error"]["status"],
            "INVALID_ARGUMENT");
  auto const agent =
      parsed(post("/perplexity/v1/agent", {{"input", "x"}, {"model", "perplexity/sonar"}, {"stop", "a"}}));
  EXPECT_EQ(agent["error"]["code"], 400);
  EXPECT_EQ(agent["error"]["param"], "stop");
  auto search = chat("grok-4.3", "hi");
  search["search_parameters"] = Json::object();
  EXPECT_EQ(post("/xai/v1/chat/completions", search)->status, 410);
}

TEST(SimDialects, WrongKeyIsRefusedAsTheProviderDoes) {
  Settings settings;
  settings.api_key = "right";
  static auto const prices = PriceList::built_in();
  auto const status = [&](std::string_view target, std::string_view key) {
    Request request;
    request.method = "POST";
    request.target = target;
    request.body = "{}";
    request.bearer = request.x_api_key = request.goog_key = key;
    return prepare(request, settings, prices)->status;
  };
  EXPECT_EQ(status("/v1/chat/completions", "wrong"), 401);
  EXPECT_EQ(status("/xai/v1/chat/completions", "wrong"), 400);
  EXPECT_EQ(status("/xai/v1/chat/completions", ""), 401);
  EXPECT_EQ(status("/anthropic/v1/messages", "wrong"), 401);
  EXPECT_EQ(status("/gemini/v1beta/models/g:generateContent", "wrong"), 400);
  EXPECT_EQ(status("/perplexity/v1/agent", "wrong"), 401);
}

}  // namespace
}  // namespace tsg::sim
