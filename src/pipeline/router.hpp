// Whom first: the plan's targets in the order in which they are tried.
#pragma once
#include <cstddef>
#include <vector>

#include "pipeline/budget.hpp"
#include "tsg/routing/decision.hpp"

namespace tsg::pipeline {

using Order = std::vector<std::size_t>;  // indices into the plan's targets, best first

// `facts`: of a route.
Order rank(RequestContext& ctx, Caller const& caller, PricedPlan const& plan, routing::Facts const& facts);

}  // namespace tsg::pipeline
