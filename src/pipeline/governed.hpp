// Between the request's context and the governance engine: facts in, effects out.
#pragma once
#include "tsg/catalog/usage.hpp"
#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {

// Four bytes a token: what is charged until the provider's own count is known.
governance::Charge estimate_of(providers::ChatRequest const& chat, providers::Operation operation,
                               std::int64_t output_default);

// What every route is held to, whether it has a body or not: environment, time, network.
Result<> check_access(RequestContext& ctx);
// Rate limits: looked at early, taken with the admission, corrected with the settlement.
Result<> check_limits(RequestContext& ctx);
Result<> take_limits(RequestContext& ctx);
void show_limit(RequestContext& ctx, Error const& refusal);  // headers, if a rate limit refused
void undo_limits(RequestContext& ctx, bool keep_request);
void settle_limits(RequestContext& ctx, bool released, catalog::Usage const& usage);
// x-ratelimit-* and x-tsg-max-tokens, which refusals carry as well as answers.
void copy_governed_headers(http::Headers const& from, http::Headers& to);

}  // namespace tsg::pipeline
