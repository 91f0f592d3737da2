// The client's request under its old name, for who has not moved to tsg/conversation/prompt.hpp yet.
#pragma once
#include <string>

#include "tsg/conversation/prompt.hpp"

namespace tsg::providers {

using conversation::Operation;
using ChatRequest = conversation::Prompt;

// Strict where a wrong type would change meaning (messages, model, stream, n, max_tokens, tools …), silent
// on unknown members (SDK users pass extra_body). Errors: bad_request with `param`.
Result<ChatRequest> read_chat_request(std::string body, json::Limits const& limits);
Result<ChatRequest> read_embeddings_request(std::string body, json::Limits const& limits);

}  // namespace tsg::providers
