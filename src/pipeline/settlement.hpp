// The end of every admitted request: price what was used, close the books, write the record, in one commit.
#pragma once
#include <optional>

#include "pipeline/purchase.hpp"
#include "tsg/catalog/usage.hpp"

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

// What the answer costs on the target in use; nullopt: unpriced.
std::optional<catalog::Cost> price_of(Purchase const& purchase, catalog::Usage const& usage);
// As the ledger keeps it.
audit::CostPart cost_part(catalog::Part const& part);
// Exactly once per admitted request; it counts as recorded even if this fails (the store has stopped then).
Task<> settle(Purchase& purchase, Outcome outcome);
Task<> record_replay(RequestContext& ctx, int status);
// Record of a request that was refused before admission.
Task<> record_refusal(RequestContext& ctx, Error const& error);

}  // namespace tsg::pipeline
