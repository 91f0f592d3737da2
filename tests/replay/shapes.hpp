// Which dialect and wire a recording speaks, by the path that was asked.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "tsg/providers/adapter.hpp"

namespace tsg::replay {

struct Shape {
  std::string_view dialect;
  providers::Wire wire;
  providers::Operation operation = providers::Operation::chat;
};

// nullopt for what the gateway never calls.
inline std::optional<Shape> shape_of(std::string const& provider, std::string const& endpoint) {
  using providers::Operation;
  using providers::Wire;
  auto const has = [&](std::string_view part) { return endpoint.find(part) != std::string::npos; };
  if (provider == "anthropic")
    return has("/v1/messages") && !has("count_tokens") ? std::optional{Shape{"anthropic", Wire::native}}
                                                       : std::nullopt;
  if (provider == "gemini") {
    if (has("enerateContent")) return Shape{"gemini", Wire::native};
    if (has("batchEmbedContents")) return Shape{"gemini", Wire::embeddings, Operation::embeddings};
    return std::nullopt;
  }
  if (provider == "perplexity") {
    if (has("/chat/completions")) return Shape{"perplexity-sonar", Wire::chat};
    if (has("/v1/agent")) return Shape{"perplexity", Wire::responses};
    return std::nullopt;
  }
  std::string_view const dialect = provider == "xai" ? "xai" : "openai";
  if (has("/chat/completions")) return Shape{dialect, Wire::chat};
  if (has("/responses")) return Shape{dialect, Wire::responses};
  if (has("/embeddings")) return Shape{dialect, Wire::embeddings, Operation::embeddings};
  return std::nullopt;
}

}  // namespace tsg::replay
