// Who is asking: a bearer key to the key's snapshot. One indistinguishable refusal for every bad key.
#pragma once
#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {

// Sets ctx.key and the record's identity. Error: invalid_api_key.
Result<> authenticate(RequestContext& ctx);

// While an answer is streamed: is the key still good, and its parents? Costs one load while nothing changes.
// A secret whose overlap ends, and an expiry, let the running answer finish.
bool still_allowed(RequestContext& ctx);

}  // namespace tsg::pipeline
