// The client's request as everything behind key auth sees it: the document, and the facts that policy,
// budget, router and adapters ask for, extracted once with types and ranges checked.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "tsg/core/error.hpp"
#include "tsg/json/document.hpp"

namespace tsg::providers {

enum class Operation : std::uint8_t { chat, embeddings };

struct ChatRequest {
  explicit ChatRequest(json::Document d) : document{std::move(d)} {}
  json::Document document;
  Operation operation = Operation::chat;
  std::string model;  // as the client wrote it
  bool stream = false;
  bool include_usage = false;              // stream_options.include_usage, or normalized mode
  bool normalized = false;                 // top-level `system` was used
  std::optional<std::string> system;       // its text
  std::optional<std::int64_t> max_tokens;  // max_completion_tokens, else max_tokens
  std::int64_t n = 1;
  bool tools = false, server_tools = false, images = false, audio_in = false, audio_out = false,
       files = false, json_schema = false, json_object = false, logprobs = false;
  bool strict =
      false;  // sampling that the model has no control for is refused, not left out (by policy or header)
  bool legacy_functions = false;  // `functions` and no `tools`: who sends them knows no tool_calls
  std::string reasoning_effort, service_tier, user;
  std::string search_context;   // web_search_options.search_context_size; "" = not said
  std::string encoding_format;  // embeddings: float (default) or base64
  std::size_t text_bytes = 0;   // of all text that reaches the model: bounds its tokens
  std::size_t message_count = 0;
  std::size_t call_id_longest = 0;  // bytes, of the ids of calls in the history
  // Media, for input_bound(): how many images, encoded bytes of audio and files sent inline, how many files;
  // and the first part whose size cannot be known here (a stored file, an unknown kind), "" = none.
  std::size_t image_count = 0, media_bytes = 0, file_count = 0;
  std::string unmeasured;
};

// Strict where a wrong type would change meaning (messages, model, stream, n, max_tokens, tools …), silent
// on unknown members (SDK users pass extra_body). Errors: bad_request with `param`.
Result<ChatRequest> read_chat_request(std::string body, json::Limits const& limits);
Result<ChatRequest> read_embeddings_request(std::string body, json::Limits const& limits);

}  // namespace tsg::providers
