// Between the prepared admission and a target that may be called.
#pragma once
#include "pipeline/cost_bound.hpp"
#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {

BoundInput bound_input(RequestContext const& ctx);
// Sets the admission's hold and its cheaper alternatives from the bounds of the plan.
void price_plan(RequestContext& ctx);
// After admission: targets that need more than was held are struck, with the reason.
void strike_unfunded(RequestContext& ctx);
// Not even the cheapest target fitted; lowers max_tokens of the first into `room`. False: nothing fits.
bool lower_into(RequestContext& ctx, Nano room);
// Makes `target` the one to be called.
void use_target(RequestContext& ctx, std::size_t target);
// Before a further attempt: `spent` is what earlier ones may have cost. One hop, only if the hold is too
// small.
Task<> hold_again(RequestContext& ctx, std::size_t target, Nano spent);

// A refusal of a budget, with what the client can change to be let in.
Error with_way_out(RequestContext const& ctx, Error error);

}  // namespace tsg::pipeline
