// Puts the plan's targets into the order in which they are tried: strategy, health, a seed (src/routing).
// Here and not in policy, so that it sees the newest health.
#include "pipeline/router.hpp"

#include "pipeline/attempts.hpp"

namespace tsg::pipeline {

Order rank(RequestContext& ctx, Caller const& caller, PricedPlan const& plan, routing::Facts const& facts) {
  auto& candidates = ctx.record.candidates;
  if (!plan.spec) {  // one target: nothing to weigh
    candidates.emplace_back(plan.targets.front().name(), "chosen");
    return {0};
  }
  auto const views = views_of(plan, ctx.services, *ctx.runtime, caller.key->org);
  auto decision = routing::decide(plan, facts, views, ctx.time, seed_of(ctx.id));
  decision.catalog_version = ctx.runtime->catalog->version();
  Order order;
  for (auto const& place : decision.order) {
    order.push_back(place.option);
    std::string reason = order.size() == 1 ? "chosen" : "in reserve";
    if (!place.why.empty()) reason += std::string{": "}.append(place.why);
    candidates.emplace_back(decision.targets[place.option], std::move(reason));
  }
  ctx.record.routing_json = routing::to_json(decision);
  return order;
}

}  // namespace tsg::pipeline
