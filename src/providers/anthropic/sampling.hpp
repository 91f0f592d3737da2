// What Anthropic's models take of temperature, top_p and top_k beside thinking (§1.6).
#pragma once
#include "providers/sampling.hpp"

namespace tsg::providers::anthropic {

Result<Sampling> sampling_of(ChatRequest const& request, Rules const& rules, bool thinking,
                             std::vector<std::string>& dropped);

}  // namespace tsg::providers::anthropic
