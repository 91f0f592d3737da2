// logprobsResult as a choice's `logprobs`.
#pragma once
#include <string>

#include "providers/raw_json.hpp"

namespace tsg::providers::gemini {

// "" if the candidate has none.
std::string logprobs_of(RawNode const& candidate);

}  // namespace tsg::providers::gemini
