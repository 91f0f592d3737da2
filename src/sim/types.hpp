// What a request asks for and what the simulated model says, in no dialect's words.
#pragma once
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tsg::sim {

using Json = nlohmann::ordered_json;

enum class Provider : std::uint8_t { openai, anthropic, gemini, xai, perplexity };
std::string_view provider_name(Provider provider);

/// Token counts with one meaning for all dialects; each dialect says them in its own way.
struct Usage {
  std::int64_t input = 0;        // whole prompt, cached and written tokens included
  std::int64_t cached = 0;       // read from the provider's cache
  std::int64_t cache_write = 0;  // written to it
  std::int64_t output = 0;       // everything generated, reasoning included, all choices
  std::int64_t reasoning = 0;    // part of output that is never shown
  std::int64_t searches = 0;     // server-side searches, billed per call
};

struct Price;

struct ToolDecl {
  std::string name;
  Json schema;
  bool custom = false;  // OpenAI's free-text tools
};

enum class ToolMode : std::uint8_t { automatic, none, required };

struct Ask {
  std::string model;
  bool stream = false;
  bool include_usage = false;
  std::optional<std::int64_t> max_output;
  std::int64_t n = 1;
  std::string last_user_text;
  bool after_tool_result = false;
  bool ends_with_assistant = false;
  std::vector<ToolDecl> tools;
  ToolMode tool_mode = ToolMode::automatic;
  std::string named_tool;
  bool wants_json = false;
  Json json_schema;  // null when none was given
  bool logprobs = false;
  std::int64_t top_logprobs = 0;
  bool web_search = false;
  bool force_search = false;
  bool wants_reasoning = false;
  bool reasoning_summary = false;
  bool cache_marked = false;
  bool audio = false;
  std::string audio_format = "wav";
  std::string service_tier;
  // Embeddings.
  std::vector<std::string> inputs;
  std::int64_t dimensions = 0;
  bool base64 = false;
  // What the answer repeats of the request (OpenAI's Responses API does).
  Json echo;
};

enum class Finish : std::uint8_t { stop, length, tool_calls, content_filter };

struct ToolCall {
  std::string id;
  std::string name;
  std::string arguments;
  bool custom = false;
};

struct Turn {
  std::vector<std::string> pieces;  // one per visible text token
  std::string reasoning_text;
  std::vector<ToolCall> calls;
  Finish finish = Finish::stop;
  Usage usage;
  Usage reported;  // what the answer claims; differs from usage only for the usage faults
  bool usage_missing = false;
  std::optional<std::int64_t> cost_nano_usd;  // what this turn is billed, where the model has a price
  Price const* price = nullptr;
  std::string text() const;
};

}  // namespace tsg::sim
