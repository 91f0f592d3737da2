// temperature, top_p and top_k, by what the model takes (§1.6).
#pragma once
#include <string>

#include "providers/rules.hpp"
#include "tsg/providers/chat_request.hpp"

namespace tsg::providers::anthropic {

struct Sampling {
  Sampling() = default;
  std::string temperature, top_p, top_k;  // JSON numbers; "" = not sent
};
// What the model refuses is refused here, with its name: without it the answers would be others. The default,
// 1, asks for nothing.
Result<Sampling> sampling_of(ChatRequest const& request, Rules const& rules, bool thinking);

}  // namespace tsg::providers::anthropic
