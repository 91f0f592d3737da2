#include "providers/xai/adapter.hpp"

namespace tsg::providers::xai {

void refine(RawNode const&, Failure& f) {
  auto const says = [&](std::string_view words) { return f.message.find(words) != std::string::npos; };
  // Both come as 429; only one of them is over in a minute.
  if (says("used all available credits") || says("monthly spending limit")) f.code = "insufficient_quota";
  if (says("maximum prompt length")) f.code = "context_length_exceeded";
  if (says("Incorrect API key")) f.code = "invalid_api_key";
  if (f.status != 0) return;
  // Inside a 200 the sentence is all there is.
  if (says("Too many tokens") || says("Too many requests")) f.code = "rate_limit_exceeded";
  if (f.code.find("invalid argument") != std::string::npos || f.code == "invalid-argument")
    f.type = "invalid_request_error";
}

}  // namespace tsg::providers::xai
