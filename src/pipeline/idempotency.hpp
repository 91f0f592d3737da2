// The admission: claim and hold, in one transaction.
#pragma once
#include <optional>
#include <variant>

#include "pipeline/answer_store.hpp"
#include "pipeline/budget.hpp"
#include "pipeline/policy.hpp"
#include "tsg/governance/meter.hpp"

namespace tsg::pipeline {

// In the books: it ends in a settlement.
struct Admitted {
  Admitted(PricedPlan p, store::Hold h, store::AuditSlot s, governance::Lease l)
      : plan{std::move(p)}, hold{h}, slot{std::move(s)}, lease{std::move(l)} {}
  PricedPlan plan;
  store::Hold hold;
  store::AuditSlot slot;
  governance::Lease lease;             // what it took from rate limits
  std::optional<Recording> recording;  // of the answer, where the client sent an Idempotency-Key
};

// Bought before: nothing is held, and nobody is asked.
struct Bought {
  Bought(AnswerPlace p, store::StoredAnswer a, store::AuditSlot s)
      : place{std::move(p)}, answer{std::move(a)}, slot{std::move(s)} {}
  AnswerPlace place;
  store::StoredAnswer answer;
  store::AuditSlot slot;
};

using Claimed = std::variant<Admitted, Bought>;

Task<Claimed> admit(RequestContext& ctx, Caller const& caller, Understood const& understood, Priced priced);

}  // namespace tsg::pipeline
