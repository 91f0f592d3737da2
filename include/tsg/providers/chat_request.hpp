// The client's request under its old name, for who has not moved to tsg/conversation/prompt.hpp yet.
#pragma once
#include <string>
#include <utility>

#include "tsg/conversation/prompt.hpp"

namespace tsg::surfaces {  // tsg/surfaces/read.hpp
Result<conversation::Prompt> read_chat(std::string body, json::Limits const& limits);
Result<conversation::Prompt> read_embeddings(std::string body, json::Limits const& limits);
}  // namespace tsg::surfaces

namespace tsg::providers {

using conversation::Operation;
using ChatRequest = conversation::Prompt;

inline Result<ChatRequest> read_chat_request(std::string body, json::Limits const& limits) {
  return surfaces::read_chat(std::move(body), limits);
}
inline Result<ChatRequest> read_embeddings_request(std::string body, json::Limits const& limits) {
  return surfaces::read_embeddings(std::move(body), limits);
}

}  // namespace tsg::providers
