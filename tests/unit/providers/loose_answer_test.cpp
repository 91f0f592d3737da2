// What servers that merely speak OpenAI's dialect leave out or misspell of a whole answer.
#include <nlohmann/json.hpp>

#include "support/chat_bytes.hpp"
#include "unit/providers/request_fixture.hpp"

namespace tsg::providers {
namespace loose_answer_test {

using LooseJson = nlohmann::json;

DecodeContext loose_context(Operation operation = Operation::chat) {
  auto c = asking(false, operation);
  c.loose = true;
  c.id = "chatcmpl-0199";
  c.created = 1'795'000'000;
  return c;
}
Result<Answer> loosely(std::string_view body, DecodeContext const& context = loose_context()) {
  return adapter_for("openai")->decode(body, context);
}
LooseJson mended(std::string_view body, DecodeContext const& context = loose_context()) {
  auto const a = loosely(body, context);
  if (!a) {
    ADD_FAILURE() << body << ": " << a.error().message() << " " << a.error().peek()->log;
    return {};
  }
  return LooseJson::parse(finish_answer(*a, context, "local", Nano{1}));
}
std::string with_message(std::string_view message, std::string_view more = "") {
  return R"({"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":)" +
         std::string{message} + R"(,"finish_reason":"stop"}])" + std::string{more} + "}";
}

TEST(LooseAnswer, WhatIsCompleteStaysByteForByte) {
  auto const body = with_message(
      R"({"role":"assistant","content":null,"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]})",
      R"(,"usage":{"prompt_tokens":1,"completion_tokens":2,"total_tokens":3} )");
  auto const a = loosely(body);
  ASSERT_TRUE(a);
  EXPECT_EQ(a->verbatim->body, body);
}

TEST(LooseAnswer, TheProvidersOwnBytesAreNeverTouched) {
  std::string const bare =
      R"({"choices":[{"message":{"content":[{"type":"text","text":"x"}]},"finish_reason":"stop"}]})";
  auto context = loose_context();
  context.loose = false;
  auto const a = loosely(bare, context);
  ASSERT_TRUE(a);
  EXPECT_EQ(a->verbatim->body, bare);
}

struct Created {
  std::string_view told;
  std::int64_t seconds;
};
TEST(LooseAnswer, CreatedIsWholeSecondsHoweverItWasTold) {
  for (auto const& [told, seconds] :
       {Created{"1790000000.49", 1'790'000'000}, Created{"1790000000123", 1'790'000'000},
        Created{"1790000000123456", 1'790'000'000}, Created{"1.79e9", 1'790'000'000},
        Created{"\"1790000000\"", 1'790'000'000}, Created{"1790000000", 1'790'000'000}, Created{"0", 0},
        Created{"null", 1'795'000'000}, Created{"-5", 1'795'000'000}, Created{"\"now\"", 1'795'000'000},
        Created{"[]", 1'795'000'000}}) {
    auto const a = mended(R"({"id":"c","created":)" + std::string{told} +
                          R"(,"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]})");
    EXPECT_EQ(a["created"].dump(), std::to_string(seconds)) << told;
  }
}

TEST(LooseAnswer, TheHeadOfAnAnswerIsCompleted) {
  auto const a = mended(R"({"id":null,"choices":[{"message":{"content":"x"},"finish_reason":"stop"}]})");
  EXPECT_EQ(a["id"], "chatcmpl-0199");
  EXPECT_EQ(a["object"], "chat.completion");
  EXPECT_EQ(a["created"], 1'795'000'000);
  EXPECT_EQ(a["model"], "asked");
  EXPECT_EQ(a["choices"][0]["index"], 0);
  EXPECT_EQ(a["choices"][0]["message"]["role"], "assistant");
  EXPECT_EQ(mended(with_message(R"({"role":"assistant"})"))["choices"][0]["message"]["content"], nullptr);
}

TEST(LooseAnswer, CallsAreCompleted) {
  auto const calls = mended(with_message(
      R"({"content":null,"tool_calls":[{"id":"a","function":{"name":"f"}},{"id":"","type":"","function":{"name":"g","arguments":{"x":[1, 2]}}},)"
      R"({"id":"c","type":"function","function":{"arguments":null,"name":"h"}},{"name":"flat","arguments":{"y":2}}]})"))
      ["choices"][0]["message"]["tool_calls"];
  ASSERT_EQ(calls.size(), 4u);
  for (auto const& call : calls) {
    EXPECT_EQ(call["type"], "function");
    EXPECT_FALSE(call["id"].get<std::string>().empty());
    EXPECT_TRUE(LooseJson::parse(call["function"]["arguments"].get<std::string>()).is_object()) << call;
  }
  EXPECT_EQ(calls[0]["id"], "a");
  EXPECT_EQ(calls[1]["function"]["arguments"], R"({"x":[1, 2]})") << "as the server wrote it";
  EXPECT_EQ(calls[3]["function"]["name"], "flat");
  EXPECT_NE(calls[1]["id"], calls[3]["id"]);
  EXPECT_EQ(mended(with_message(R"({"content":"","function_call":{"name":"f","arguments":{"a":1}}})"))
                ["choices"][0]["message"]["function_call"]["arguments"],
            R"({"a":1})");
}

TEST(LooseAnswer, ContentIsAString) {
  auto const a = mended(with_message(
      R"({"role":"assistant","content":[{"type":"thinking","thinking":[{"type":"text","text":"Let me "},{"type":"text","text":"see."}]},)"
      R"({"type":"text","text":"It is "},{"type":"reference","reference_ids":[1]},"42",{"type":"output_text","text":"."}]})"));
  EXPECT_EQ(a["choices"][0]["message"]["content"], "It is 42.");
  EXPECT_EQ(a["choices"][0]["message"]["reasoning_content"], "Let me see.");
  EXPECT_EQ(a["content"], "It is 42.") << "the flat one too";
}

TEST(LooseAnswer, UsageIsIntegersWithATotal) {
  auto const usage = [](std::string const& told) {
    return mended(with_message(R"({"content":"x"})", R"(,"usage":)" + told))["usage"];
  };
  auto const u = usage(
      R"({"prompt_tokens":16.0,"completion_tokens":3,"prompt_tokens_details":{"cached_tokens":4.0},"completion_tokens_details":7})");
  EXPECT_EQ(u["prompt_tokens"].dump(), "16");
  EXPECT_EQ(u["total_tokens"].dump(), "19");
  EXPECT_EQ(u["prompt_tokens_details"]["cached_tokens"].dump(), "4");
  EXPECT_TRUE(u["completion_tokens_details"].is_null());
  EXPECT_EQ(usage(R"({"prompt_tokens":1,"completion_tokens":2,"total_tokens":null})")["total_tokens"], 3);
}

TEST(LooseAnswer, UsageToldInGroqsPlaceIsBelieved) {
  auto const a = loosely(with_message(
      R"({"content":"x"})",
      R"(,"x_groq":{"id":"req","usage":{"prompt_tokens":1234,"completion_tokens":5,"total_tokens":1239}})"));
  ASSERT_TRUE(a);
  EXPECT_TRUE(a->usage.reported);
  EXPECT_EQ(a->usage.input, 1234);
}

TEST(LooseAnswer, AWholeAnswerThatDoesNotSayWhyItEndedHasEnded) {
  for (auto const* reason : {R"(,"finish_reason":null)", "", R"(,"finish_reason":"")"}) {
    auto const ends = [&](std::string const& message, bool loose) {
      auto context = loose_context();
      context.loose = loose;
      return mended(R"({"choices":[{"index":0,"message":)" + message + reason + "}]}",
                    context)["choices"][0]["finish_reason"];
    };
    for (bool const loose : {false, true}) {
      EXPECT_EQ(ends(R"({"content":"x"})", loose), "stop") << reason;
      EXPECT_EQ(ends(R"({"content":"x","tool_calls":[]})", loose), "stop") << reason;
      EXPECT_EQ(
          ends(R"({"tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]})",
               loose),
          "tool_calls")
          << reason;
    }
  }
}

struct Unreadable {
  std::string_view message, member;
};
TEST(LooseAnswer, WhatCannotBeCompletedIsAnErrorThatNamesTheMember) {
  for (auto const& [message, member] :
       {Unreadable{R"({"tool_calls":[{"id":"a","function":{"arguments":"{}"}}]})",
                   "choices[0].message.tool_calls[0].function.name"},
        Unreadable{R"({"tool_calls":[{"id":"a","type":"function"}]})",
                   "choices[0].message.tool_calls[0].function"},
        Unreadable{R"({"tool_calls":{"id":"a"}})", "choices[0].message.tool_calls"},
        Unreadable{R"({"tool_calls":[{"function":{"name":"f","arguments":7}}]})",
                   "choices[0].message.tool_calls[0].function.arguments"},
        Unreadable{R"({"content":7})", "choices[0].message.content"},
        Unreadable{R"({"content":[{"type":"text","text":"x"},{"type":"video"}]})",
                   "choices[0].message.content[1]"},
        Unreadable{"null", "choices[0].message"}}) {
    auto const a = loosely(with_message(message));
    ASSERT_FALSE(a) << message;
    EXPECT_NE(a.error().message().find(" " + std::string{member} + " "), std::string_view::npos)
        << a.error().message();
    EXPECT_EQ(a.error().code(), Errc::provider_unavailable);
    EXPECT_TRUE(a.error().peek()->billed) << "it may have been";
  }
}

// [0.5, -2] in both spellings.
TEST(LooseAnswer, EmbeddingsComeInTheEncodingAskedFor) {
  std::string const packed = R"("AAAAPwAAAMA=")";
  for (auto const& vector : {std::string{"[0.5, -2.0]"}, packed}) {
    auto const body = R"({"data":[{"embedding":)" + vector + R"(},{"embedding":)" + vector +
                      R"(}],"usage":{"prompt_tokens":5.0}})";
    for (bool const base64 : {false, true}) {
      auto context = loose_context(Operation::embeddings);
      context.base64_embeddings = base64;
      auto const a = mended(body, context);
      EXPECT_EQ(a["object"], "list");
      EXPECT_EQ(a["model"], "asked");
      EXPECT_EQ(a["usage"]["prompt_tokens"].dump(), "5");
      EXPECT_EQ(a["usage"]["total_tokens"], 5);
      for (int i = 0; i < 2; ++i) {
        EXPECT_EQ(a["data"][i]["object"], "embedding");
        EXPECT_EQ(a["data"][i]["index"], i);
        if (base64)
          EXPECT_EQ(a["data"][i]["embedding"].dump(), packed);
        else
          EXPECT_EQ(a["data"][i]["embedding"], LooseJson::array({0.5, -2.0}));
      }
    }
  }
  for (auto const* vector : {"null", "7", "[\"x\"]", "[[1]]"}) {
    auto context = loose_context(Operation::embeddings);
    context.base64_embeddings = true;
    auto const a = loosely(R"({"data":[{"embedding":)" + std::string{vector} + "}]}", context);
    ASSERT_FALSE(a) << vector;
    EXPECT_NE(a.error().message().find("data[0].embedding"), std::string_view::npos);
  }
  EXPECT_FALSE(loosely(R"({"data":[{"embedding":"AAA"}]})", loose_context(Operation::embeddings)));
}

TEST(LooseAnswer, EmbeddingsThatCountOnlyATotalAreCounted) {
  auto const a = loosely(R"({"data":[{"embedding":[1]}],"usage":{"total_tokens":7}})",
                         loose_context(Operation::embeddings));
  ASSERT_TRUE(a);
  EXPECT_TRUE(a->usage.reported);
  EXPECT_EQ(a->usage.input, 7);
}

}  // namespace loose_answer_test
}  // namespace tsg::providers
