// The same short answer in every dialect, plain and streamed. A new adapter adds one sample.
#pragma once
#include <ostream>
#include <string>

#include "tsg/providers/adapter.hpp"

namespace tsg::providers::samples {

struct Sample {
  std::string dialect;
  std::string stream;     // short, complete, with usage, and the terminator last
  std::size_t said_at;    // bytes after which a body that ends has ended well
  std::string mid_error;  // an event that reports a failure
  std::string whole;      // a plain answer
  std::string text;       // of both
  Wire wire = Wire::chat;
  bool ends_with_body = false;  // the end of the body is the terminator: what comes before it still counts
};

inline std::ostream& operator<<(std::ostream& out, Sample const& s) {
  return out << s.dialect << (s.wire == Wire::responses ? " responses" : "");
}

inline Sample openai() {
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
  s.said_at = s.stream.find("\n\n", s.stream.find("\"stop\""));  // [DONE] adds nothing
  s.mid_error =
      "data: {\"error\":{\"message\":\"m\",\"type\":\"server_error\",\"param\":null,\"code\":null}}\n\n";
  s.whole =
      R"({"id":"c","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Grüße"},"finish_reason":"stop"}],"usage":{"prompt_tokens":5,"completion_tokens":3,"total_tokens":8}})";
  s.text = "Grüße";
  return s;
}

inline Sample anthropic() {
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

inline Sample gemini() {
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
inline Sample xai() {
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
  s.said_at = s.stream.find("\n\n", s.stream.find("\"stop\""));
  s.mid_error = "data: {\"code\":\"The service is currently unavailable\",\"error\":\"Timed out\"}\n\n";
  s.whole =
      R"({"id":"x","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Grüße"},"finish_reason":"stop"}],)" +
      usage + "}";
  s.text = "Grüße";
  return s;
}

// The event stream of Responses, as OpenAI and xAI and, with a usage of its own, Perplexity give it.
inline Sample responses(std::string dialect) {
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
inline Sample sonar() {
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

}  // namespace tsg::providers::samples
