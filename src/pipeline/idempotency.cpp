// Commits the admission: hold, budget levels and, if the client sent a key, the idempotency claim, in one
// transaction (design decision 2). After it the request is in the books and must be settled; or it is a
// replay.
#include "pipeline/admission.hpp"
#include "pipeline/chain.hpp"
#include "pipeline/governed.hpp"
#include "pipeline/idempotency_key.hpp"
#include "pipeline/replay.hpp"
#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {
namespace {

constexpr std::string_view kHeader = "idempotency-key";

class Idempotency final : public Middleware {
 public:
  std::string_view name() const noexcept override { return "idempotency"; }

  Task<> handle(RequestContext& ctx, Next next) override {
    auto claimed = claim(ctx);
    if (!claimed) co_return claimed.error();
    auto slot = ctx.services.store.try_reserve();
    if (!slot) co_return Error{Errc::audit_unavailable};
    ctx.slot = std::move(*slot);
    auto taken = take_limits(ctx);
    if (!taken) co_return taken.error();
    // Too few tokens refuse a call, not a replay: the store knows which it is.
    if (auto const& no_tokens = ctx.lease.tokens_refused()) ctx.admission.refusal = *no_tokens;
    auto admitted = co_await admit(ctx);
    // A replay costs one request and no tokens, a refusal nothing.
    if (!admitted || admitted->refusal || admitted->replay) undo_limits(ctx, admitted && !admitted->refusal);
    if (!admitted) co_return admitted.error();
    if (admitted->replay) ctx.record.original_request_id = admitted->replay->request_id.text();
    if (admitted->refusal) {
      show_limit(ctx, *admitted->refusal);
      co_return with_way_out(ctx, *admitted->refusal);
    }
    if (admitted->replay) co_return co_await replay(ctx, std::move(*admitted->replay));
    ctx.admission = {};
    ctx.hold = admitted->hold;
    strike_unfunded(ctx);
    co_return co_await next(ctx);
  }

 private:
  static Task<store::Admitted> admit(RequestContext& ctx) {
    // Kept only where it may be offered a second time, lower.
    auto admission = ctx.lower_over_budget.empty() ? std::move(ctx.admission) : ctx.admission;
    auto admitted = co_await ctx.services.store.admit(ctx.slot, std::move(admission));
    if (!admitted || !admitted->refusal || !may_lower(ctx, *admitted)) co_return admitted;
    // Only where a policy says so is less bought than was asked for; the client is told in a header.
    if (!lower_into(ctx, admitted->room)) co_return admitted;
    admission = std::move(ctx.admission);
    admitted = co_await ctx.services.store.admit(ctx.slot, std::move(admission));
    if (admitted && !admitted->refusal) tell_lowered(ctx, admitted->hold);
    co_return admitted;
  }

  static Result<> claim(RequestContext& ctx) {
    auto const& head = ctx.http.head();
    auto const sent = head.count(kHeader);
    if (sent == 0) return boost::system::in_place_value;
    auto const key = sent == 1 ? parse_idempotency_key(*head.field(kHeader)) : std::nullopt;
    if (!key)
      return Error{
          Errc::bad_request,
          "Idempotency-Key must be sent once: 1 to 255 characters, bare ([A-Za-z0-9._:~+/=-]) or as a "
          "quoted string."};
    auto const& limits = ctx.runtime->config.limits;
    store::IdempotencyClaim c;
    c.scope = ctx.key->id + " POST " + ctx.record.path;  // IDM-7: another key never sees it
    c.key = to_hex(
        crypto::sha256(as_bytes(*key)));  // clients put anything there, secrets too; only equality is needed
    c.fingerprint = ctx.fingerprint.value();
    c.expires_at_ms = ctx.time.ms() + limits.idempotency_ttl_s * 1000;
    ctx.recording.emplace(c.scope, c.key, limits.idempotency_answer_bytes, ctx.services.bodies.answer());
    ctx.admission.claim = std::move(c);
    return boost::system::in_place_value;
  }

  static bool may_lower(RequestContext const& ctx, store::Admitted const& admitted) {
    return !ctx.lower_over_budget.empty() && !ctx.admission.refusal &&
           admitted.refusal->code() == Errc::insufficient_quota;
  }

  static void tell_lowered(RequestContext& ctx, store::Hold const& hold) {
    for (auto const& bound : ctx.bounds)
      if (bound.hold && *bound.hold <= hold.amount() && bound.output_limit) {
        auto const limit = std::to_string(*bound.output_limit);
        ctx.headers.set("x-tsg-max-tokens", limit);
        ctx.record.matched.emplace_back(ctx.lower_over_budget, "over_budget", "lower " + limit);
        return;
      }
  }
};

}  // namespace

std::unique_ptr<Middleware> make_idempotency() {
  return std::make_unique<Idempotency>();
}

}  // namespace tsg::pipeline
