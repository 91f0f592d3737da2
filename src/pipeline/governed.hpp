// Between a request and the governance engine: facts in, effects out.
#pragma once
#include "pipeline/key_auth.hpp"
#include "tsg/conversation/prompt.hpp"
#include "tsg/governance/decide.hpp"
#include "tsg/governance/meter.hpp"
#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {

// Four bytes a token: what is charged until the provider's own count is known.
governance::Charge estimate_of(conversation::Facts const& asked, std::int64_t output_default);

// What every route is held to, whether it has a body or not: environment, time, network.
Result<> check_access(RequestContext const& ctx, Caller const& caller);
// Rate limits: looked at early, taken with the admission, corrected with the settlement.
Result<> check_limits(RequestContext& ctx, Caller const& caller, conversation::Facts const& asked);
Result<governance::Lease> take_limits(RequestContext& ctx, Caller const& caller,
                                      conversation::Facts const& asked);
void show_limit(RequestContext& ctx, Error const& refusal);  // headers, if a rate limit refused
// x-ratelimit-* and x-tsg-max-tokens, which refusals carry as well as answers.
void copy_governed_headers(http::Headers const& from, http::Headers& to);

}  // namespace tsg::pipeline
