// Picks the target. The plan is ordered by preference; with one target there is nothing to weigh.
#include "pipeline/admission.hpp"
#include "pipeline/chain.hpp"
#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {
namespace {

class Router final : public Middleware {
 public:
  std::string_view name() const noexcept override { return "router"; }

  Task<> handle(RequestContext& ctx, Next next) override {
    use_target(ctx, 0);
    ctx.record.candidates.emplace_back(ctx.plan.targets[ctx.target].name(), "chosen");
    return next(ctx);
  }
};

}  // namespace

std::unique_ptr<Middleware> make_router() {
  return std::make_unique<Router>();
}

}  // namespace tsg::pipeline
