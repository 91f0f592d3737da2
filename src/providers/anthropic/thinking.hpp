// reasoning_effort as Anthropic's thinking and effort, by what the model takes (§1.6, §3.3).
#pragma once
#include <cstdint>
#include <string>

#include "providers/rules.hpp"
#include "tsg/providers/chat_request.hpp"

namespace tsg::providers::anthropic {

struct Thinking {
  Thinking() = default;
  std::string mode;         // of `thinking`: adaptive, enabled, disabled; "" = not sent
  std::string raw;          // the client's own `thinking` object; wins
  std::string effort;       // "" = not sent
  std::int64_t budget = 0;  // tokens, with `enabled`
  bool on = false;          // there will be thinking: earlier thinking may be sent back
  bool lost = false;        // the model has nothing like what was asked for
};

// `possible`: false where the rest of the request rules thinking out on models on which the two exclude each
// other (a forced tool choice, a tool loop whose thinking is lost).
Result<Thinking> plan_thinking(ChatRequest const& request, Rules const& rules, std::int64_t max_tokens,
                               bool possible);

// Models without adaptive thinking take a budget, and refuse a tool loop without its thinking blocks.
bool manual_thinking(Rules const& rules);

}  // namespace tsg::providers::anthropic
