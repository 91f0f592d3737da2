// The end of every admitted request: price what was used, close the books, write the record, in one commit.
#pragma once
#include <optional>

#include "tsg/catalog/usage.hpp"
#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {

struct Outcome {
  Outcome() = default;
  bool release = false;   // nothing was sent, or the provider refused: the hold is given back
  catalog::Usage usage;   // else what to bill; `reported` false = estimate
  int status = 200;       // what the client gets
  std::string_view code;  // "" = answered
  bool complete = true;
};

// What the answer costs on the target chosen; nullopt: unpriced.
std::optional<catalog::Cost> price_of(RequestContext const& ctx, catalog::Usage const& usage);
// Input bound and the bytes put out so far: never less than the provider can have counted (BUD-6, BUD-7).
catalog::Usage estimate(RequestContext const& ctx, std::int64_t output_bytes);

// Exactly once per admitted request; sets ctx.settled even if it fails (the store has stopped then).
Task<> settle(RequestContext& ctx, Outcome outcome);
// Record of a request that was refused before admission.
Task<> record_refusal(RequestContext& ctx, Error const& error);

}  // namespace tsg::pipeline
