// How large the answer to an embeddings request becomes: inputs, dimensions and the spelling of a number
// decide it before anything is sent.
#pragma once
#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {

// An answer that would have to be cut off is not asked for: it would be billed all the same. Where neither
// the request nor the catalogue (rule `dimensions`) says how long an embedding is, nothing is refused here.
Result<> embeddings_fit(RequestContext const& ctx, routing::Target const& target);

}  // namespace tsg::pipeline
