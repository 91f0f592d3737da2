// A stored answer goes to the client again: nothing is bought, and it is audited.
#pragma once
#include "pipeline/idempotency.hpp"

namespace tsg::pipeline {

Task<> replay(RequestContext& ctx, Caller const& caller, Understood const& understood, Bought bought);

}  // namespace tsg::pipeline
