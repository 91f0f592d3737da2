// Refusals of an Idempotency-Key that somebody has used before: with the request that did, and what to do.
#pragma once
#include "tsg/core/error.hpp"
#include "tsg/core/ids.hpp"

namespace tsg::store {

// idempotency_indeterminate, _in_progress or _response_too_large.
Error claimed_before(Errc code, RequestId const& original);

}  // namespace tsg::store
