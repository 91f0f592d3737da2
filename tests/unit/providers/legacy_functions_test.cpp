// Clients from before there were tools: they send `functions`, know no tool_calls and no ids, and wait for
// message.function_call with the finish reason of that name (wire reference §1.3, §1.5, §1.7).
#include <nlohmann/json.hpp>

#include "support/chat_bytes.hpp"
#include "unit/providers/request_fixture.hpp"

namespace tsg::providers {
namespace legacy_functions_test {

using Json = nlohmann::json;

DecodeContext to_legacy(Wire wire) {
  auto c = asking(true);
  c.wire = wire;
  c.id = "chatcmpl-1";
  c.legacy_functions = true;
  return c;
}

struct Dialect {
  std::string name;
  Wire wire;
  std::string two_calls;  // a whole answer that calls a, then b
  std::string stream;     // the same, streamed
};

std::string event(Json const& data) {
  return "event: " + data.value("type", "message") + "\ndata: " + data.dump() + "\n\n";
}

Dialect responses() {
  auto const call = [](std::string const& id, std::string const& name) {
    return Json{{"type", "function_call"},
                {"id", "fc_" + id},
                {"call_id", id},
                {"name", name},
                {"arguments", "{\"x\":1}"}};
  };
  Json const all{
      {"id", "r"}, {"model", "m"}, {"status", "completed"}, {"output", {call("1", "a"), call("2", "b")}}};
  auto open = call("1", "a");
  open["arguments"] = "";
  return {
      "openai", Wire::responses, all.dump(),
      event({{"type", "response.output_item.added"}, {"output_index", 0}, {"item", open}}) +
          event({{"type", "response.function_call_arguments.delta"},
                 {"output_index", 0},
                 {"delta", "{\"x\""}}) +
          event({{"type", "response.function_call_arguments.delta"}, {"output_index", 0}, {"delta", ":1}"}}) +
          event({{"type", "response.completed"}, {"response", all}})};
}

Dialect anthropic() {
  auto const use = [](std::string const& id, std::string const& name) {
    return Json{{"type", "tool_use"}, {"id", id}, {"name", name}, {"input", {{"x", 1}}}};
  };
  Json const all{{"id", "msg_1"},
                 {"type", "message"},
                 {"model", "m"},
                 {"stop_reason", "tool_use"},
                 {"content", {use("1", "a"), use("2", "b")}},
                 {"usage", {{"input_tokens", 1}, {"output_tokens", 1}}}};
  Json head = all;
  head["content"] = Json::array();
  head["stop_reason"] = nullptr;
  std::string stream = event({{"type", "message_start"}, {"message", head}});
  for (int i = 0; i < 2; ++i) {
    auto block = use(i == 0 ? "1" : "2", i == 0 ? "a" : "b");
    block["input"] = Json::object();
    stream += event({{"type", "content_block_start"}, {"index", i}, {"content_block", block}});
    for (auto const* part : {"{\"x\"", ":1}"})
      stream += event({{"type", "content_block_delta"},
                       {"index", i},
                       {"delta", {{"type", "input_json_delta"}, {"partial_json", part}}}});
    stream += event({{"type", "content_block_stop"}, {"index", i}});
  }
  stream += event({{"type", "message_delta"},
                   {"delta", {{"stop_reason", "tool_use"}}},
                   {"usage", {{"output_tokens", 1}}}});
  return {"anthropic", Wire::native, all.dump(), stream + event({{"type", "message_stop"}})};
}

Dialect gemini() {
  auto const call = [](std::string const& name) {
    return Json{{"functionCall", {{"name", name}, {"args", {{"x", 1}}}}}};
  };
  Json candidate{{"content", {{"role", "model"}, {"parts", {call("a"), call("b")}}}},
                 {"finishReason", "STOP"},
                 {"index", 0}};
  Json const all{
      {"candidates", Json::array({std::move(candidate)})},
      {"usageMetadata", {{"promptTokenCount", 1}, {"candidatesTokenCount", 1}, {"totalTokenCount", 2}}}};
  return {"gemini", Wire::native, all.dump(), "data: " + all.dump() + "\r\n\r\n"};
}

class LegacyFunctions : public testing::TestWithParam<Dialect> {};

TEST_P(LegacyFunctions, AreAnsweredWithOneCallOfTheirShape) {
  auto const& dialect = GetParam();
  auto const answer = adapter_for(dialect.name)->decode(dialect.two_calls, to_legacy(dialect.wire));
  ASSERT_TRUE(answer) << answer.error().message();
  auto const choice =
      Json::parse(finish_answer(*answer, to_legacy(dialect.wire), "p", Nano{1}))["choices"][0];
  EXPECT_EQ(choice["finish_reason"], "function_call");
  EXPECT_EQ(choice["message"]["function_call"], Json({{"name", "a"}, {"arguments", "{\"x\":1}"}}));
  EXPECT_TRUE(choice["message"]["content"].is_null());
  EXPECT_FALSE(choice["message"].contains("tool_calls"));
}

TEST_P(LegacyFunctions, AreStreamedAsTheNameOnceAndItsArguments) {
  auto const& dialect = GetParam();
  auto const decoder = chat_bytes(*adapter_for(dialect.name), to_legacy(dialect.wire));
  std::string out, name, arguments, finish;
  ASSERT_TRUE(decoder->feed(dialect.stream, out));
  ASSERT_TRUE(decoder->finish(out));
  EXPECT_EQ(out.find("tool_calls"), std::string::npos) << out;
  for (std::size_t at = 0; (at = out.find("data: ", at)) != std::string::npos; ++at) {
    auto const choice = Json::parse(out.substr(at + 6, out.find("\n\n", at) - at - 6))["choices"][0];
    auto const call = choice["delta"].value("function_call", Json::object());
    name += call.value("name", "");
    arguments += call.value("arguments", "");
    if (choice["finish_reason"].is_string()) finish += choice["finish_reason"].get<std::string>();
  }
  EXPECT_EQ(name, "a");
  EXPECT_EQ(arguments, "{\"x\":1}");
  EXPECT_EQ(finish, "function_call");
}

INSTANTIATE_TEST_SUITE_P(Dialects, LegacyFunctions, testing::Values(responses(), anthropic(), gemini()),
                         [](auto const& instance) { return instance.param.name; });

TEST(LegacyFunctionsRequest, IsOneThatHasNoTools) {
  auto const asks = [](std::string const& more) {
    return chat(R"({"model":"m","messages":[{"role":"user","content":"x"}],)" + more + "}").legacy_functions;
  };
  EXPECT_TRUE(asks(R"("functions":[{"name":"f"}])"));
  EXPECT_FALSE(asks(R"("functions":[])"));
  EXPECT_FALSE(asks(R"("functions":[{"name":"f"}],"tools":[{"type":"function","function":{"name":"g"}}])"));
  EXPECT_FALSE(asks(R"("tools":[{"type":"function","function":{"name":"g"}}])"));
}

}  // namespace legacy_functions_test
}  // namespace tsg::providers
