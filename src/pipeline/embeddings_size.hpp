// How large the answer to an embeddings request becomes: inputs, dimensions and the spelling of a number
// decide it before anything is sent.
#pragma once
#include "tsg/conversation/prompt.hpp"
#include "tsg/routing/resolver.hpp"

namespace tsg::pipeline {

// An answer that would have to be cut off is not asked for (`limit`: of its bytes): it would be billed all
// the same. Where neither the request nor the catalogue (rule `dimensions`) says how long an embedding is,
// nothing is refused here.
Result<> embeddings_fit(conversation::Prompt const& prompt, routing::Target const& target, std::size_t limit);

}  // namespace tsg::pipeline
