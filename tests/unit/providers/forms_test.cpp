// Events where one body was asked, one body where events were asked: in every dialect.
#include "tsg/providers/forms.hpp"

#include <nlohmann/json.hpp>

#include "support/chat_bytes.hpp"
#include "unit/providers/request_fixture.hpp"

namespace tsg::providers {
namespace forms_test {

using FormJson = nlohmann::json;

struct FormCase {
  std::string_view bytes;
  Form form;
};
TEST(Forms, TheFirstBytesTell) {
  for (auto const& [bytes, form] :
       {FormCase{"", Form::undecided}, FormCase{" \r\n", Form::undecided}, FormCase{"{", Form::json},
        FormCase{"\xef\xbb\xbf\n [1]", Form::json}, FormCase{"\xef\xbb", Form::undecided},
        FormCase{": hi", Form::events}, FormCase{"da", Form::undecided}, FormCase{"data", Form::undecided},
        FormCase{"data:", Form::events}, FormCase{"\n\nevent: x", Form::events},
        FormCase{"id: 1", Form::events}, FormCase{"retry\n", Form::events}, FormCase{"<html>", Form::other},
        FormCase{"database down", Form::other}, FormCase{"error", Form::other}})
    EXPECT_EQ(static_cast<int>(form_of(bytes)), static_cast<int>(form)) << bytes;
}

TEST(Forms, ContentTypesAreComparedWithoutCase) {
  for (auto const* type : {"text/event-stream", "Text/Event-Stream; charset=utf-8", " TEXT/EVENT-STREAM ;x"})
    EXPECT_TRUE(is_event_stream(type)) << type;
  for (auto const* type : {"", "application/json", "text/event-streams", "text/plain"})
    EXPECT_FALSE(is_event_stream(type)) << type;
}

std::string const kChatEvents =
    "data: "
    "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"m\",\"choices\":[{"
    "\"index\":0,"
    "\"delta\":{\"role\":\"assistant\",\"content\":\"He\"},\"logprobs\":{\"content\":[{\"token\":\"He\"}]},"
    "\"finish_reason\":null}]}\n\n"
    "data: "
    "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"m\",\"choices\":[{"
    "\"index\":0,"
    "\"delta\":{\"content\":\"llo\",\"reasoning_content\":\"hm\"},\"logprobs\":{\"content\":[{\"token\":"
    "\"llo\"}]},\"finish_reason\":null}]}\n\n"
    "data: "
    "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"m\",\"choices\":[{"
    "\"index\":0,"
    "\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"a\",\"type\":\"function\",\"function\":{\"name\":\"f\","
    "\"arguments\":\"{\\\"x\"}}]},\"finish_reason\":null}]}\n\n"
    "data: "
    "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"m\",\"choices\":[{"
    "\"index\":0,"
    "\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"\\\":1}\"}}]},\"finish_reason\":"
    "null}]}\n\n"
    "data: "
    "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"m\",\"choices\":[{"
    "\"index\":0,"
    "\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n"
    "data: "
    "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"m\",\"choices\":[],"
    "\"citations\":[\"u\"],"
    "\"usage\":{\"prompt_tokens\":16,\"completion_tokens\":3,\"total_tokens\":19}}\n\n"
    "data: [DONE]\n\n";

TEST(Forms, EventsBecomeOneAnswer) {
  for (auto const* type : {"text/event-stream", "application/json", ""}) {
    auto const a = decode_either(*adapter_for("openai"), kChatEvents, asking(), type);
    ASSERT_TRUE(a) << type << ": " << a.error().peek()->log;
    auto const whole = FormJson::parse(finish_answer(*a, asking(), "p", Nano{1}));
    EXPECT_EQ(whole["id"], "c1");
    EXPECT_EQ(whole["object"], "chat.completion");
    EXPECT_EQ(whole["created"], 7);
    EXPECT_EQ(whole["model"], "m");
    auto const& choice = whole["choices"][0];
    EXPECT_EQ(choice["message"]["content"], "Hello");
    EXPECT_EQ(choice["message"]["reasoning_content"], "hm");
    EXPECT_EQ(choice["message"]["tool_calls"][0]["id"], "a");
    EXPECT_EQ(choice["message"]["tool_calls"][0]["function"]["arguments"], R"({"x":1})");
    EXPECT_EQ(choice["finish_reason"], "tool_calls");
    EXPECT_EQ(choice["logprobs"]["content"].size(), 2u);
    EXPECT_EQ(whole["content"], "Hello");
    EXPECT_EQ(a->usage.input_total(), 16);
    EXPECT_EQ(whole["usage"]["total_tokens"], 19);
  }
}

TEST(Forms, EventsThatBreakOffAreNoAnswerButTellWhatTheyUsed) {
  auto const& openai = *adapter_for("openai");
  auto const cut = kChatEvents.substr(
      0, kChatEvents.find("data: "
                          "{\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"created\":7,\"model\":\"m\","
                          "\"choices\":[{\"index\":0,\"delta\":{},"));
  EXPECT_FALSE(decode_either(openai, cut, asking(), ""));
  EXPECT_FALSE(told_in_either(openai, cut, asking(), "").reported);
  auto const counted =
      cut + "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":16,\"completion_tokens\":3}}\n\n";
  EXPECT_EQ(told_in_either(openai, counted, asking(), "").input_total(), 16);
  auto const running =
      "data: {\"choices\":[],\"usage\":{\"prompt_tokens\":16,\"completion_tokens\":0}}\n\n" + cut;
  EXPECT_FALSE(told_in_either(openai, running, asking(), "").reported) << "of a moment before the end";
}

struct Whole {
  std::unique_ptr<ChatBytes> decoder;
  std::string out;
  Result<> ended;
};
Whole as_stream(std::string_view dialect, std::string_view body, std::string_view type,
                DecodeContext const& context) {
  Whole w{
      std::make_unique<ChatBytes>(decoder_of_either(*adapter_for(dialect), context, type, 1 << 20), context),
      "",
      {}};
  for (auto const c : body)
    if (auto fed = w.decoder->feed(std::string_view{&c, 1}, w.out); !fed) {
      w.ended = fed;
      return w;
    }
  EXPECT_EQ(w.out, "") << "nothing leaves before the end";
  w.ended = w.decoder->finish(w.out);
  return w;
}

TEST(Forms, OneBodyBecomesAStream) {
  std::string const body =
      R"( {"id":"c1","object":"chat.completion","created":7,"model":"m","system_fingerprint":"fp","choices":[{"index":0,"message":{"role":"assistant","content":"Hello","tool_calls":[{"id":"a","type":"function","function":{"name":"f","arguments":"{}"}}]},"logprobs":null,"finish_reason":"tool_calls"},{"index":1,"message":{"role":"assistant","content":"2"},"finish_reason":"stop"}],"citations":["u"],"usage":{"prompt_tokens":16,"completion_tokens":3,"total_tokens":19,"x":1}})";
  for (auto const* type : {"application/json", "text/event-stream", ""}) {
    auto w = as_stream("openai", body, type, asking(true));
    ASSERT_TRUE(w.ended) << type;
    EXPECT_TRUE(w.decoder->done());
    EXPECT_FALSE(w.decoder->streams());
    EXPECT_EQ(w.decoder->usage().input_total(), 16);
    EXPECT_EQ(w.decoder->model(), "m");
    std::string content, arguments;
    std::vector<std::string> ends;
    std::string_view rest = w.out;
    while (!rest.empty()) {
      auto const event = rest.substr(0, rest.find("\n\n"));
      rest.remove_prefix(event.size() + 2);
      auto const chunk = FormJson::parse(event.substr(6));
      EXPECT_EQ(chunk["object"], "chat.completion.chunk");
      EXPECT_EQ(chunk["id"], "c1");
      EXPECT_EQ(chunk["created"], 7);
      auto const& choice = chunk["choices"][0];
      if (choice["index"] == 0 && choice["delta"].contains("content")) content += choice["delta"]["content"];
      if (choice["delta"].contains("tool_calls")) {
        EXPECT_EQ(choice["delta"]["tool_calls"][0]["index"], 0);
        arguments += choice["delta"]["tool_calls"][0]["function"]["arguments"];
      }
      if (choice["finish_reason"].is_string()) ends.push_back(choice["finish_reason"]);
    }
    EXPECT_EQ(content, "Hello");
    EXPECT_EQ(arguments, "{}");
    EXPECT_EQ(ends, (std::vector<std::string>{"tool_calls", "stop"}));
    auto const tail = w.decoder->tail("p", Nano{1500});
    auto const usage = FormJson::parse(tail.substr(6, tail.find("\n\n") - 6));
    EXPECT_EQ(usage["usage"]["input_tokens"], 16);
    EXPECT_EQ(usage["usage"]["x"], 1);
    EXPECT_EQ(usage["citations"][0], "u");
    EXPECT_TRUE(tail.ends_with("data: [DONE]\n\n"));
  }
}

TEST(Forms, OneBodyBecomesAStreamInEveryDialect) {
  struct Body {
    std::string_view dialect, body;
    Wire wire;
  };
  for (
      auto const& [dialect, body, wire] :
      {Body{
           "anthropic",
           R"({"id":"m","type":"message","role":"assistant","model":"c","content":[{"type":"text","text":"Hello"}],"stop_reason":"end_turn","usage":{"input_tokens":5,"output_tokens":2}})",
           Wire::native},
       Body{
           "gemini",
           R"({"candidates":[{"content":{"parts":[{"text":"Hello"}]},"finishReason":"STOP"}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":2,"totalTokenCount":7}})",
           Wire::native},
       Body{
           "openai",
           R"({"id":"r","status":"completed","model":"g","output":[{"type":"message","content":[{"type":"output_text","text":"Hello"}]}],"usage":{"input_tokens":5,"output_tokens":2}})",
           Wire::responses},
       Body{
           "perplexity-sonar",
           R"({"id":"s","model":"sonar","choices":[{"index":0,"message":{"content":"Hello"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":2}})",
           Wire::chat}}) {
    auto context = asking(true);
    context.wire = wire;
    context.id = "chatcmpl-1";
    auto const w = as_stream(dialect, body, "application/json", context);
    ASSERT_TRUE(w.ended) << dialect;
    EXPECT_NE(w.out.find("\"content\":\"Hello\""), std::string::npos) << dialect;
    EXPECT_NE(w.out.find("\"finish_reason\":\"stop\""), std::string::npos) << dialect;
    EXPECT_EQ(w.decoder->usage().input_total(), 5) << dialect;
  }
}

TEST(Forms, EventsBecomeOneAnswerInEveryDialect) {
  struct Events {
    std::string_view dialect, body;
  };
  for (auto const& [dialect, body] :
       {Events{"anthropic",
               "event: message_start\ndata: "
               "{\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":\"c\",\"usage\":{\"input_"
               "tokens\":5,\"output_tokens\":1}}}\n\n"
               "event: content_block_start\ndata: "
               "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"text\",\"text\":"
               "\"\"}}\n\n"
               "event: content_block_delta\ndata: "
               "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"text_delta\",\"text\":"
               "\"Hello\"}}\n\n"
               "event: message_delta\ndata: "
               "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_"
               "tokens\":2}}\n\n"
               "event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"},
        Events{"gemini",
               "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"Hel\"}]}}]}\r\n\r\n"
               "data: "
               "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"lo\"}]},\"finishReason\":\"STOP\"}],"
               "\"usageMetadata\":{\"promptTokenCount\":5,\"candidatesTokenCount\":2,\"totalTokenCount\":7}}"
               "\r\n\r\n"}}) {
    auto context = asking();
    context.wire = Wire::native;
    context.id = "chatcmpl-1";
    auto const a = decode_either(*adapter_for(dialect), body, context, "application/json");
    ASSERT_TRUE(a) << dialect << ": " << a.error().peek()->log;
    EXPECT_EQ(a->choices.at(0).joined(conversation::Event::Item::text), "Hello") << dialect;
    EXPECT_EQ(a->usage.input_total(), 5) << dialect;
    EXPECT_EQ(a->choices.at(0).stop, conversation::Stop::end) << dialect;
  }
}

TEST(Forms, AnErrorInsteadOfAStreamIsStillToldByTheProvider) {
  auto const w = as_stream("openai", R"({"error":{"message":"m","type":"insufficient_quota"}})",
                           "application/json", asking());
  ASSERT_FALSE(w.ended);
  EXPECT_EQ(w.ended.error().code(), Errc::provider_quota_exhausted);
  EXPECT_TRUE(w.ended.error().peek()->told);
  EXPECT_FALSE(w.decoder->streams());
}

TEST(Forms, ABodyBeyondItsLimitIsNotKept) {
  auto const decoder =
      std::make_unique<ChatBytes>(decoder_of_either(*adapter_for("openai"), asking(), "", 1'000), asking());
  std::string out;
  Result<> fed = boost::system::in_place_value;
  for (int i = 0; i < 100'000 && fed; ++i) fed = decoder->feed("\n\n", out);
  EXPECT_TRUE(fed) << "blanks that keep the connection open are not kept";
  fed = decoder->feed("{\"x\":\"" + std::string(1'000, 'x'), out);
  EXPECT_FALSE(fed);
}

// Signatures and places are kept without a word leaving: an endless talk of them ends.
TEST(Forms, EventsThatPutNothingOutAreBounded) {
  auto context = asking();
  context.wire = Wire::native;
  context.event_bytes_max = 4'096;
  auto const decoder = chat_bytes(*adapter_for("anthropic"), context);
  std::string out;
  Result<> fed = decoder->feed(
      "data: "
      "{\"type\":\"content_block_start\",\"index\":0,\"content_block\":{\"type\":\"thinking\",\"thinking\":"
      "\"\"}}\n\n",
      out);
  int n = 0;
  for (; n < 1'000 && fed; ++n)
    fed = decoder->feed(
        "data: "
        "{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{\"type\":\"signature_delta\",\"signature\":"
        "\"xxxx\"}}\n\n",
        out);
  EXPECT_FALSE(fed);
  EXPECT_LT(n, 100);
}

}  // namespace forms_test
}  // namespace tsg::providers
