// Commits the admission: hold, budget levels and, if the client sent a key, the idempotency claim, in one
// transaction (design decision 2). After it the request is in the books and must be settled; or it is a
// replay.
#include "pipeline/idempotency.hpp"

#include "pipeline/admission.hpp"
#include "pipeline/governed.hpp"
#include "pipeline/idempotency_key.hpp"
#include "tsg/core/bytes.hpp"

namespace tsg::pipeline {
namespace {

constexpr std::string_view kHeader = "idempotency-key";

// Where the answer is kept, and the claim to it; nullopt: the client sent no key.
Result<std::optional<Recording>> claim(RequestContext const& ctx, Caller const& caller,
                                       std::optional<Digest> const& fingerprint,
                                       store::Admission& admission) {
  auto const& head = ctx.http.head();
  auto const sent = head.count(kHeader);
  if (sent == 0) return std::optional<Recording>{};
  auto const key = sent == 1 ? parse_idempotency_key(*head.field(kHeader)) : std::nullopt;
  if (!key)
    return Error{Errc::bad_request,
                 "Idempotency-Key must be sent once: 1 to 255 characters, bare ([A-Za-z0-9._:~+/=-]) or as a "
                 "quoted string."};
  auto const& limits = ctx.runtime->config.limits;
  store::IdempotencyClaim c;
  c.scope = caller.key->id + " POST " + ctx.record.path;  // IDM-7: another key never sees it
  c.key = to_hex(
      crypto::sha256(as_bytes(*key)));  // clients put anything there, secrets too; only equality is needed
  c.fingerprint = fingerprint.value();
  c.expires_at_ms = ctx.time.ms() + limits.idempotency_ttl_s * 1000;
  Recording recording{{c.scope, c.key}, limits.idempotency_answer_bytes, ctx.services.bodies.answer()};
  admission.claim = std::move(c);
  return std::optional{std::move(recording)};
}

void tell_lowered(RequestContext& ctx, std::string const& policy, PricedPlan const& plan, Nano held) {
  for (auto const& bound : plan.bounds)
    if (bound.hold && *bound.hold <= held && bound.output_limit) {
      auto const limit = std::to_string(*bound.output_limit);
      ctx.headers.set("x-tsg-max-tokens", limit);
      ctx.record.matched.emplace_back(policy, "over_budget", "lower " + limit);
      return;
    }
}

// Only where a policy says so is less bought than was asked for; the client is told in a header.
Task<store::Admitted> commit(RequestContext& ctx, Understood const& understood, store::AuditSlot& slot,
                             Priced& priced) {
  auto const& policy = understood.lower_over_budget;
  auto& store = ctx.services.store;
  if (policy.empty()) co_return co_await store.admit(slot, std::move(priced.admission));
  auto admission = priced.admission;  // kept: it may be offered a second time, lower
  auto admitted = co_await store.admit(slot, std::move(admission));
  if (!admitted || !admitted->refusal || priced.admission.refusal ||
      admitted->refusal->code() != Errc::insufficient_quota)
    co_return admitted;
  auto const& prompt = understood.body.prompt;
  auto const in = bound_input(ctx, prompt, priced.plan);
  if (!lower_into(admitted->room, prompt, in, priced, ctx.record.candidates)) co_return admitted;
  admitted = co_await store.admit(slot, std::move(priced.admission));
  if (admitted && !admitted->refusal) tell_lowered(ctx, policy, priced.plan, admitted->hold.amount());
  co_return admitted;
}

}  // namespace

Task<Claimed> admit(RequestContext& ctx, Caller const& caller, Understood const& understood, Priced priced) {
  conversation::Facts const& asked = understood.body.prompt;
  auto recording = claim(ctx, caller, understood.fingerprint, priced.admission);
  if (!recording) co_return recording.error();
  auto slot = ctx.services.store.try_reserve();
  if (!slot) co_return Error{Errc::audit_unavailable};
  auto lease = take_limits(ctx, caller, asked);
  if (!lease) co_return lease.error();
  // Too few tokens refuse a call, not a replay: the store knows which it is.
  if (auto const& no_tokens = lease->tokens_refused()) priced.admission.refusal = *no_tokens;
  auto admitted = co_await commit(ctx, understood, *slot, priced);
  // A replay costs one request and no tokens, a refusal nothing.
  if (!admitted || admitted->refusal || admitted->replay)
    lease->undo(admitted && !admitted->refusal, ctx.services.clock.steady());
  if (!admitted) co_return admitted.error();
  if (admitted->replay) ctx.record.original_request_id = admitted->replay->request_id.text();
  if (admitted->refusal) {
    show_limit(ctx, *admitted->refusal);
    co_return with_way_out(*admitted->refusal, asked, priced.plan,
                           ctx.runtime->config.limits.output_tokens_default);
  }
  if (admitted->replay)
    co_return Claimed{Bought{std::move(**recording).place(), std::move(*admitted->replay), std::move(*slot)}};
  Admitted out{std::move(priced.plan), admitted->hold, std::move(*slot), std::move(*lease)};
  out.recording = std::move(*recording);
  co_return Claimed{std::move(out)};
}

}  // namespace tsg::pipeline
