// Requests and contexts for the tests of this folder.
#pragma once
#include <gtest/gtest.h>

#include "tsg/providers/adapter.hpp"

namespace tsg::providers {

inline ChatRequest chat(std::string body) {
  auto r = read_chat_request(std::move(body), {});
  if (!r) ADD_FAILURE() << r.error().message();
  return std::move(*r);
}

inline EncodeContext to_model(std::string upstream_model, std::optional<std::int64_t> limit = {}) {
  EncodeContext c;
  c.upstream_model = std::move(upstream_model);
  c.output_limit = limit;
  return c;
}

inline std::string encoded(std::string body, EncodeContext const& context) {
  auto const out = adapter_for("openai")->encode(chat(std::move(body)), context);
  if (!out) {
    ADD_FAILURE() << out.error().message();
    return {};
  }
  return out->body;
}

inline DecodeContext asking(bool include_usage = false, Operation operation = Operation::chat) {
  DecodeContext c;
  c.operation = operation;
  c.wire = operation == Operation::chat ? Wire::chat : Wire::embeddings;
  c.asked_model = "asked";
  c.include_usage = include_usage;
  return c;
}

inline std::string_view no_field(std::string_view) {
  return "";
}

}  // namespace tsg::providers
