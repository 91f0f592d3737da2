// Between the priced plan and a target that may be called.
#pragma once
#include "pipeline/idempotency.hpp"

namespace tsg::pipeline {

// Not even the cheapest target fitted: lowers max_tokens into `room`. False: nothing fits.
bool lower_into(Nano room, conversation::Prompt const& prompt, BoundInput const& in, Priced& priced,
                std::vector<audit::Candidate>& candidates);
// Targets that need more than was held are struck, with the reason.
void strike_unfunded(Admitted& admitted, std::vector<audit::Candidate>& candidates);
// Before a further attempt: `spent` is what earlier ones may have cost. One hop, only if the hold is too
// small.
Task<> hold_again(store::Store& store, Admitted& admitted, std::size_t target, Nano spent);

// A refusal of a budget, with what the client can change to be let in.
Error with_way_out(Error error, conversation::Facts const& asked, PricedPlan const& plan,
                   std::int64_t output_default);

}  // namespace tsg::pipeline
