// What is bought for a request: from its admission to its one settlement.
#pragma once
#include <cstddef>
#include <vector>

#include "pipeline/idempotency.hpp"

namespace tsg::pipeline {

// What attempts that failed may have cost; it is settled with the rest.
struct FailedCost {
  FailedCost() = default;
  bool any = false, estimated = false;
  bool priced = false;                 // `cost` says something
  bool invalid = false;                // a provider's own usage was not usable
  std::int64_t input = 0, output = 0;  // tokens, for rate limits
  Nano cost;
  std::vector<audit::CostPart> parts;
};

struct Purchase {
  Purchase(RequestContext& c, Caller const& who, Admitted a, Commitments m)
      : ctx{c}, caller{who}, admitted{std::move(a)}, commitments{std::move(m)} {}
  RequestContext& ctx;
  Caller const& caller;
  Admitted admitted;
  Commitments commitments;
  std::size_t in_use = 0;  // of the plan's targets
  FailedCost spent;

  PricedPlan const& plan() const noexcept { return admitted.plan; }
  routing::Target const& target() const noexcept { return admitted.plan.targets[in_use]; }
  TargetBound const& bound() const noexcept { return admitted.plan.bounds[in_use]; }
};

}  // namespace tsg::pipeline
