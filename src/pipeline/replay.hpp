// A stored answer goes to the client again: nothing is bought, and it is audited.
#pragma once
#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {

Task<> replay(RequestContext& ctx, store::StoredAnswer answer);

}  // namespace tsg::pipeline
