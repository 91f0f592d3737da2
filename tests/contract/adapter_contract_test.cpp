// What every dialect's decoder must keep, whatever its wire looks like. A new adapter adds one sample.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tsg/providers/adapter.hpp"

namespace tsg::providers {
namespace {

struct Sample {
  std::string dialect;
  std::string stream;     // short, complete, with usage, and the terminator last
  std::size_t said_at;    // bytes after which the terminator has been said
  std::string mid_error;  // an event that reports a failure
  std::string whole;      // a plain answer
  std::string text;       // of both
  Wire wire = Wire::chat;
  bool ends_with_body = false;  // the end of the body is the terminator: what comes before it still counts
};

std::ostream& operator<<(std::ostream& out, Sample const& s) {
  return out << s.dialect << (s.wire == Wire::responses ? " responses" : "");
}

Sample openai() {
  Sample s;
  s.dialect = "openai";
  auto const chunk = [](std::string const& choices, std::string const& more) {
    return R"(data: {"id":"c","object":"chat.completion.chunk","created":1,"model":"m","choices":[)" +
           choices + "]" + more + "}\n\n";
  };
  s.stream = chunk(R"({"index":0,"delta":{"role":"assistant","content":""},"finish_reason":null})",
                   R"(,"usage":null)") +
             ": comment\r\n\r\n" +
             chunk(R"({"index":0,"delta":{"content":"Grüße"},"finish_reason":null})", R"(,"usage":null)") +
             chunk(R"({"index":0,"delta":{},"finish_reason":"stop"})", R"(,"usage":null)") +
             chunk("", R"(,"usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8})") +
             "data: [DONE]\n\n";
  s.said_at = s.stream.size() - 2;
  s.mid_error =
      "data: {\"error\":{\"message\":\"m\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n";
  s.whole =
      R"({"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Grüße"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}})";
  s.text = "Grüße";
  return s;
}

Sample anthropic() {
  Sample s;
  s.dialect = "anthropic";
  auto const event = [](std::string const& name, std::string const& members) {
    return "event: " + name + "\ndata: {\"type\":\"" + name + "\"" + members + "}\n\n";
  };
  s.stream =
      event(
          "message_start",
          R"(,"message":{"id":"msg_1","model":"m","content":[],"usage":{"input_tokens":5,"output_tokens":1}})") +
      event("content_block_start", R"(,"index":0,"content_block":{"type":"text","text":""})") +
      event("ping", "") +
      event("content_block_delta", R"(,"index":0,"delta":{"type":"text_delta","text":"Grüße"})") +
      event("content_block_stop", R"(,"index":0)") +
      event("message_delta", R"(,"delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":3})") +
      event("message_stop", "");
  s.said_at = s.stream.size() - 2;
  s.mid_error = event("error", R"(,"error":{"type":"overloaded_error","message":"Overloaded"})");
  s.whole =
      R"({"id":"msg_1","type":"message","role":"assistant","model":"m","content":[{"type":"text","text":"Grüße"}],"stop_reason":"end_turn","usage":{"input_tokens":5,"output_tokens":3}})";
  s.text = "Grüße";
  return s;
}

Sample gemini() {
  Sample s;
  s.dialect = "gemini";
  auto const event = [](std::string const& candidate, std::string const& usage) {
    return R"(data: {"candidates":[{"content":{"parts":[)" + candidate + R"(,"index":0}],"usageMetadata":{)" +
           usage + R"(},"modelVersion":"m","responseId":"r"})" + "\r\n\r\n";
  };
  s.stream =
      event(R"({"text":"Grüße"}],"role":"model"})", R"("promptTokenCount":5,"totalTokenCount":5)") +
      event(R"({"text":""}],"role":"model"})",
            R"("promptTokenCount":5,"candidatesTokenCount":2,"totalTokenCount":7)") +
      event(R"({"text":""}],"role":"model"},"finishReason":"STOP")",
            R"("promptTokenCount":5,"candidatesTokenCount":2,"thoughtsTokenCount":1,"totalTokenCount":8)");
  s.said_at = s.stream.size() - 4;
  s.mid_error = "data: {\"error\":{\"code\":503,\"message\":\"m\",\"status\":\"UNAVAILABLE\"}}\r\n\r\n";
  s.whole =
      R"({"candidates":[{"content":{"parts":[{"text":"Grüße"}],"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":2,"thoughtsTokenCount":1,"totalTokenCount":8},"modelVersion":"m","responseId":"r"})";
  s.text = "Grüße";
  s.ends_with_body = true;
  return s;
}

// OpenAI's shape, told by xAI: no finish_reason until the end, reasoning beside completion_tokens.
Sample xai() {
  Sample s;
  s.dialect = "xai";
  auto const chunk = [](std::string const& choices, std::string const& more) {
    return R"(data: {"id":"x","object":"chat.completion.chunk","created":1,"model":"m","choices":[)" +
           choices + "]" + more + "}\n\n";
  };
  std::string const usage =
      R"("usage":{"prompt_tokens":5,"completion_tokens":1,"total_tokens":8,"completion_tokens_details":{"reasoning_tokens":2},"cost_in_usd_ticks":70})";
  s.stream = chunk(R"({"index":0,"delta":{"role":"assistant","content":"Grüße"}})", "") +
             chunk(R"({"index":0,"delta":{},"finish_reason":"stop"})", "") + chunk("", "," + usage) +
             "data: [DONE]\n\n";
  s.said_at = s.stream.size() - 2;
  s.mid_error = "data: {\"code\":\"The service is currently unavailable\",\"error\":\"Timed out\"}\n\n";
  s.whole =
      R"({"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Grüße"},"finish_reason":"stop"}],)" +
      usage + "}";
  s.text = "Grüße";
  return s;
}

// The event stream of Responses, as OpenAI and xAI and, with a usage of its own, Perplexity give it.
Sample responses(std::string dialect) {
  Sample s;
  s.dialect = std::move(dialect);
  s.wire = Wire::responses;
  std::string const item =
      R"({"id":"msg_1","type":"message","role":"assistant","status":"completed","content":[{"type":"output_text","text":"Grüße","annotations":[]}]})";
  std::string const response =
      R"({"id":"resp_1","object":"response","status":"completed","model":"m","output":[)" + item +
      R"(],"usage":{"input_tokens":5,"output_tokens":3,"total_tokens":8},"error":null})";
  auto const event = [](std::string const& type, std::string const& members) {
    return "event: " + type + "\ndata: {\"type\":\"" + type + "\"," + members + "}\n\n";
  };
  s.stream = event("response.created", R"("response":{"id":"resp_1","model":"m","status":"in_progress"})") +
             event("response.output_text.delta", R"("output_index":0,"content_index":0,"delta":"Grüße")") +
             event("response.output_text.done", R"("output_index":0,"content_index":0,"text":"Grüße")") +
             event("response.output_item.done", R"("output_index":0,"item":)" + item) +
             event("response.completed", R"("response":)" + response);
  s.said_at = s.stream.size() - 2;
  s.mid_error = event("error", R"("code":"server_error","message":"m","param":null)");
  s.whole = response;
  s.text = "Grüße";
  return s;
}

// Running usage, and an end that is an object and no [DONE].
Sample sonar() {
  Sample s;
  s.dialect = "perplexity-sonar";
  auto const chunk = [](std::string const& object, std::string const& choice, int out) {
    return R"({"id":"s","model":"m","created":1,"object":")" + object +
           R"(","usage":{"prompt_tokens":5,"completion_tokens":)" + std::to_string(out) +
           R"(,"total_tokens":8},"choices":[)" + choice + "]}";
  };
  s.stream =
      "data: " +
      chunk("chat.completion.chunk", R"({"index":0,"delta":{"role":"assistant","content":"Grüße"}})", 1) +
      "\r\n\r\ndata: " +
      chunk("chat.completion.done", R"({"index":0,"delta":{"content":""},"finish_reason":"stop"})", 3) +
      "\n\n";
  s.said_at = s.stream.size() - 2;
  s.mid_error = "data: {\"error\":{\"message\":\"m\",\"type\":\"internal_error\",\"code\":500}}\n\n";
  s.whole =
      chunk("chat.completion",
            R"({"index":0,"message":{"role":"assistant","content":"Grüße"},"finish_reason":"stop"})", 3);
  s.text = "Grüße";
  return s;
}

class AdapterContract : public testing::TestWithParam<Sample> {
 protected:
  ProviderAdapter const& adapter() const { return *adapter_for(GetParam().dialect); }
  DecodeContext context() const {
    DecodeContext c;
    c.asked_model = "m";
    c.id = "chatcmpl-1";
    c.created = 1;
    c.include_usage = true;
    c.wire = GetParam().wire;
    return c;
  }
  struct Run {
    std::unique_ptr<StreamDecoder> decoder;
    std::string out;
    bool clean = false;
  };
  // Fed in pieces that end at `cuts`.
  Run run(std::string_view wire, std::vector<std::size_t> const& cuts) const {
    Run r{adapter().stream_decoder(context()), "", false};
    std::size_t at = 0;
    for (auto const end : cuts) {
      if (!r.decoder->feed(wire.substr(at, end - at), r.out)) return r;
      at = end;
    }
    r.clean = r.decoder->feed(wire.substr(at), r.out) && r.decoder->finish(r.out);
    return r;
  }
};

TEST_P(AdapterContract, AnySplitGivesTheSameBytes) {
  auto const& wire = GetParam().stream;
  auto const whole = run(wire, {});
  ASSERT_TRUE(whole.clean);
  for (std::size_t i = 0; i <= wire.size(); ++i) {
    auto const two = run(wire, {i});
    EXPECT_TRUE(two.clean) << i;
    EXPECT_EQ(two.out, whole.out) << i;
  }
  for (unsigned const seed : {1u, 2u, 3u}) {
    std::mt19937 random{seed};
    std::vector<std::size_t> cuts;
    for (std::size_t at = 0; at < wire.size(); at += random() % 7) cuts.push_back(at);
    auto const many = run(wire, cuts);
    EXPECT_EQ(many.out, whole.out) << seed;
    EXPECT_EQ(many.decoder->tail("p", Nano{1}), whole.decoder->tail("p", Nano{1}));
  }
}

TEST_P(AdapterContract, CutOffAnywhereIsNeverACleanEnd) {
  auto const& wire = GetParam().stream;
  auto const said_at = GetParam().said_at;
  for (std::size_t n = 0; n < said_at; ++n) {
    auto const r = run(std::string_view{wire}.substr(0, n), {});
    EXPECT_FALSE(r.clean) << n;
    EXPECT_FALSE(r.decoder->done()) << n;
    EXPECT_EQ(r.out.find("[DONE]"), std::string::npos) << n;
    EXPECT_EQ(r.decoder->tail("p", Nano{1}).find("[DONE]"), std::string::npos) << n;
  }
}

TEST_P(AdapterContract, WhatIsPutOutIsAlwaysWholeEvents) {
  auto const& wire = GetParam().stream;
  auto decoder = adapter().stream_decoder(context());
  std::string out;
  for (char const c : wire) {
    ASSERT_TRUE(decoder->feed({&c, 1}, out));
    EXPECT_TRUE(out.empty() || (out.starts_with("data: {") && out.ends_with("}\n\n")));
  }
  EXPECT_NE(out.find(GetParam().text), std::string::npos);
}

TEST_P(AdapterContract, TheTailIsTheUsageChunkAndDone) {
  auto const r = run(GetParam().stream, {});
  auto const tail = r.decoder->tail("instance", Nano{2'500'000'000});
  EXPECT_TRUE(tail.ends_with("data: [DONE]\n\n"));
  for (std::string const part : {R"("choices":[])", R"("provider":"instance")", R"("cost_usd":2.5)",
                                 R"("input_tokens":5)", R"("output_tokens":3)"})
    EXPECT_NE(tail.find(part), std::string::npos) << part;
  EXPECT_TRUE(r.decoder->usage().reported);
  EXPECT_EQ(r.decoder->usage().input_total(), 5);
  EXPECT_EQ(r.decoder->usage().output_total(), 3);
  EXPECT_TRUE(r.decoder->content_started());
  EXPECT_GE(r.decoder->output_bytes(), static_cast<std::int64_t>(GetParam().text.size()));
}

TEST_P(AdapterContract, BytesAfterTheTerminatorChangeNothing) {
  auto const whole = run(GetParam().stream, {});
  auto const more = run(GetParam().stream + GetParam().stream + "data: {", {});
  if (GetParam().ends_with_body) {  // bytes behind the end of the body are bytes of the body
    EXPECT_FALSE(more.clean);
    return;
  }
  EXPECT_TRUE(more.clean);
  EXPECT_EQ(more.out, whole.out);
}

TEST_P(AdapterContract, AnErrorInTheStreamIsFinal) {
  auto const r = run(GetParam().mid_error + GetParam().stream, {});
  EXPECT_FALSE(r.clean);
  EXPECT_FALSE(r.decoder->done());
  std::string out;
  EXPECT_FALSE(r.decoder->feed(GetParam().stream, out));
  EXPECT_EQ(out, "");
}

TEST_P(AdapterContract, DamagedBytesNeverCrashAndNeverEndCleanlyTwice) {
  auto const& wire = GetParam().stream;
  std::mt19937 random{7};
  for (int i = 0; i < 2000; ++i) {
    auto broken = wire;
    for (unsigned k = 0; k <= random() % 3; ++k)
      broken[random() % broken.size()] = static_cast<char>(random());
    auto const r = run(broken, {random() % broken.size()});
    EXPECT_EQ(r.clean, r.decoder->done());
  }
}

TEST_P(AdapterContract, AWholeAnswerInOneShape) {
  auto const a = adapter().decode(GetParam().whole, context());
  ASSERT_TRUE(a);
  auto const body = finish_answer(*a, Operation::chat, "instance", std::nullopt);
  for (std::string const part :
       {R"("object":"chat.completion")", R"("finish_reason":"stop")", R"("provider":"instance")",
        R"("cost_usd":null)", R"("input_tokens":5)", R"("output_tokens":3)"})
    EXPECT_NE(body.find(part), std::string::npos) << part;
  EXPECT_NE(body.find(R"("content":")" + GetParam().text + R"(","provider")"), std::string::npos);
  for (std::size_t n = 0; n < GetParam().whole.size(); ++n)
    EXPECT_FALSE(adapter().decode(std::string_view{GetParam().whole}.substr(0, n), context())) << n;
}

TEST_P(AdapterContract, TheCredentialIsInTheHeadersOnly) {
  http::Headers headers;
  adapter().authorize(headers, "the-key");
  std::string head;
  headers.append_to(head);
  EXPECT_NE(head.find("the-key"), std::string::npos);
}

TEST_P(AdapterContract, EveryStatusWithAnyBodyIsSomeError) {
  for (int status = 300; status < 600; ++status)
    for (std::string const body :
         {"", "<html>", "[]", "{}", "null", R"({"error":null})", R"({"error":{"message":7}})"}) {
      auto const e =
          adapter().decode_error(status, body, [](std::string_view) { return std::string_view{}; });
      EXPECT_NE(e.code(), Errc::internal) << status;
      EXPECT_NE(e.code(), Errc::invalid_api_key) << status;
    }
}

INSTANTIATE_TEST_SUITE_P(Dialects, AdapterContract,
                         testing::Values(openai(), anthropic(), responses("openai"), xai(), responses("xai"),
                                         responses("perplexity"), sonar(), gemini()),
                         [](auto const& sample) {
                           auto name = sample.param.dialect +
                                       (sample.param.wire == Wire::responses ? "_responses" : "");
                           std::ranges::replace(name, '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace tsg::providers
