// How much: the plan with a price on each target, and the hold that is to be asked for.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "pipeline/cost_bound.hpp"
#include "pipeline/key_auth.hpp"
#include "tsg/audit/record.hpp"
#include "tsg/conversation/prompt.hpp"
#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {

// A plan, and what each of its targets can cost.
struct PricedPlan : routing::Plan {
  explicit PricedPlan(routing::Plan p) : Plan{std::move(p)} {}
  std::vector<TargetBound> bounds;        // one for each target
  std::vector<store::BudgetRef> budgets;  // every level that applies
  std::int64_t input_bound = 0;           // tokens at most; basis of estimates
  bool budgeted() const noexcept { return !budgets.empty(); }

  // Takes out the targets that keep(target, bound) has a reason against; "" = it stays.
  template <class Keep>
  void strike(std::vector<audit::Candidate>& candidates, Keep keep) {
    std::vector<routing::Target> kept;
    std::vector<TargetBound> kept_bounds;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (std::string reason = keep(targets[i], bounds[i]); !reason.empty()) {
        candidates.emplace_back(targets[i].name(), std::move(reason));
        continue;
      }
      kept.push_back(std::move(targets[i]));
      kept_bounds.push_back(bounds[i]);
    }
    targets = std::move(kept);
    bounds = std::move(kept_bounds);
  }
};

struct Priced {
  explicit Priced(routing::Plan p) : plan{std::move(p)} {}
  PricedPlan plan;
  store::Admission admission;  // prepared; the next stage completes and commits it

  // Sets the admission's hold and its cheaper alternatives from the bounds of the plan.
  void offer_holds();
};

// Writes nothing. Where the client sent an Idempotency-Key, a refusal is for the store to tell: an answer
// that was bought before is given all the same.
Task<Priced> price(RequestContext const& ctx, Caller const& caller, conversation::Prompt const& prompt,
                   routing::Plan plan);

BoundInput bound_input(RequestContext const& ctx, conversation::Facts const& asked, PricedPlan const& plan);

}  // namespace tsg::pipeline
