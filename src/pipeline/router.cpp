// Puts the plan's targets into the order in which they are tried: strategy, health, a seed (src/routing).
// Here and not in policy, so that it sees the newest health.
#include "pipeline/admission.hpp"
#include "pipeline/attempts.hpp"
#include "pipeline/chain.hpp"
#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {
namespace {

void decide(RequestContext& ctx) {
  auto const views = views_of(ctx.plan, ctx.services, *ctx.runtime, ctx.key->org);
  auto decision = routing::decide(ctx.plan, ctx.facts, views, ctx.time, seed_of(ctx.id));
  decision.catalog_version = ctx.runtime->catalog->version();
  for (auto const& place : decision.order) {
    ctx.order.push_back(place.option);
    std::string reason = ctx.order.size() == 1 ? "chosen" : "in reserve";
    if (!place.why.empty()) reason += std::string{": "}.append(place.why);
    ctx.record.candidates.emplace_back(decision.targets[place.option], std::move(reason));
  }
  ctx.record.routing_json = routing::to_json(decision);
}

class Router final : public Middleware {
 public:
  std::string_view name() const noexcept override { return "router"; }

  Task<> handle(RequestContext& ctx, Next next) override {
    if (ctx.plan.spec) {
      decide(ctx);
    } else {  // one target: nothing to weigh
      ctx.order.push_back(0);
      ctx.record.candidates.emplace_back(ctx.plan.targets.front().name(), "chosen");
    }
    use_target(ctx, ctx.order.front());
    return next(ctx);
  }
};

}  // namespace

std::unique_ptr<Middleware> make_router() {
  return std::make_unique<Router>();
}

}  // namespace tsg::pipeline
