// Commits the admission: hold, budget levels and, if the client sent a key, the idempotency claim, in one
// transaction (design decision 2). After it the request is in the books and must be settled.
#include "pipeline/chain.hpp"
#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {
namespace {

class Idempotency final : public Middleware {
 public:
  std::string_view name() const noexcept override { return "idempotency"; }

  Task<> handle(RequestContext& ctx, Next next) override {
    auto& store = ctx.services.store;
    auto slot = store.try_reserve();
    if (!slot) co_return Error{Errc::audit_unavailable};
    ctx.slot = std::move(*slot);
    auto admitted = co_await store.admit(ctx.slot, std::move(ctx.admission));
    if (!admitted) co_return admitted.error();
    if (admitted->refusal) co_return *admitted->refusal;
    ctx.hold = admitted->hold;
    co_return co_await next(ctx);
  }
};

}  // namespace

std::unique_ptr<Middleware> make_idempotency() {
  return std::make_unique<Idempotency>();
}

}  // namespace tsg::pipeline
