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
  bool invalid = false;   // the provider's own usage was not usable
  int status = 200;       // what the client gets; 499: it was not there
  std::string_view code;  // "" = answered
  bool complete = true;
  // Of the recording, where the client sent an Idempotency-Key: what a retry gets. Neither: the key is free.
  std::string_view keep_as;  // content type: the recorded bytes are the answer
  int keep_status = 200;
  bool indeterminate = false;  // money may be gone and there is no answer: report it, do not buy again
};

// What the answer costs on the target chosen; nullopt: unpriced.
std::optional<catalog::Cost> price_of(RequestContext const& ctx, catalog::Usage const& usage);
// As the ledger keeps it.
audit::CostPart cost_part(catalog::Part const& part);
// Exactly once per admitted request; sets ctx.settled even if it fails (the store has stopped then).
Task<> settle(RequestContext& ctx, Outcome outcome);
Task<> record_replay(RequestContext& ctx, int status);
// Record of a request that was refused before admission.
Task<> record_refusal(RequestContext& ctx, Error const& error);

}  // namespace tsg::pipeline
