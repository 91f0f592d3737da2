// Prices the plan and prepares the hold: an upper bound of what the request can cost (BUD-3). Writes nothing:
// the next stage commits claim and hold together.
#include "pipeline/budget.hpp"

#include <algorithm>

#include "pipeline/budget_levels.hpp"
#include "tsg/catalog/discount.hpp"

namespace tsg::pipeline {
namespace {

void name_request(RequestContext const& ctx, Caller const& caller, conversation::Facts const& asked,
                  Priced& out) {
  auto const& target = out.plan.targets.front();
  auto& a = out.admission;
  a.request_id = ctx.id;
  a.time = ctx.time;
  a.key_id = caller.key->id;
  a.org = caller.key->org;
  a.team = caller.key->team;
  a.environment = caller.key->environment;
  a.provider = target.provider->id;
  a.model = target.upstream_model;
  a.model_requested = asked.model.substr(0, 256);
  a.budgets = out.plan.budgets;
  a.markup_micro = terms_at(caller.levels, target.provider->id, ctx.time).markup_micro;
}

// What the client can change comes first.
Error nothing_to_hold(conversation::Prompt const& prompt, PricedPlan const& plan, BoundInput const& in) {
  auto const& bounds = plan.bounds;
  for (auto const& target : plan.targets)
    if (tier_unpriced(target, prompt, in))
      return Error{Errc::model_unpriced,
                   "The service tier '" + prompt.service_tier.substr(0, 64) +
                       "' has no price for the model '" + prompt.model.substr(0, 200) +
                       "', and a budget applies to this key: leave service_tier out, or ask for 'default'.",
                   "service_tier"};
  auto const searching = std::ranges::find_if(bounds, [](auto const& b) { return !b.unbounded.empty(); });
  if (searching == bounds.end()) return Error{Errc::model_unpriced};
  return Error{Errc::unbounded_cost,
               "The cost of this request has no upper bound: " + std::string{searching->unbounded} + "."};
}

Result<> prepare(RequestContext const& ctx, Caller const& caller, conversation::Prompt const& prompt,
                 Priced& out) {
  auto& plan = out.plan;
  plan.budgets = budget_levels(caller.levels, window_of(*ctx.runtime, ctx.time), ctx.time);
  name_request(ctx, caller, prompt, out);

  auto const input = providers::input_bound(prompt);
  plan.input_bound = input.tokens.value_or(static_cast<std::int64_t>(prompt.document.text().size()));
  auto const in = bound_input(ctx, prompt, plan);
  for (auto const& target : plan.targets) plan.bounds.push_back(bound_of(target, prompt, in));
  if (plan.budgeted() && !input.tokens)
    return Error{Errc::unbounded_cost, "The cost of this request has no upper bound: " + input.why_unbounded};
  if (plan.budgeted() && std::ranges::none_of(plan.bounds, [](auto const& b) { return b.hold.has_value(); }))
    return nothing_to_hold(prompt, plan, in);
  out.offer_holds();
  return boost::system::in_place_value;
}

}  // namespace

BoundInput bound_input(RequestContext const& ctx, conversation::Facts const& asked, PricedPlan const& plan) {
  BoundInput in;
  in.input_tokens = plan.input_bound;
  in.output_default = ctx.runtime->config.limits.output_tokens_default;
  in.embeddings = asked.operation == conversation::Operation::embeddings;
  in.budgeted = plan.budgeted();
  in.time = ctx.time;
  return in;
}

void Priced::offer_holds() {
  admission.hold.reset();
  admission.cheaper_holds.clear();
  std::vector<Nano> holds;
  for (auto const& bound : plan.bounds)
    if (bound.hold) holds.push_back(*bound.hold);
  std::sort(holds.begin(), holds.end(), std::greater<>{});
  holds.erase(std::unique(holds.begin(), holds.end()), holds.end());
  if (holds.empty()) return;
  admission.hold = holds.front();
  admission.cheaper_holds.assign(holds.begin() + 1, holds.end());
}

Task<Priced> price(RequestContext const& ctx, Caller const& caller, conversation::Prompt const& prompt,
                   routing::Plan plan) {
  Priced out{std::move(plan)};
  auto const least = ctx.runtime->config.limits.offload_bytes;
  auto prepared = co_await ctx.services.offload.run(prompt.document.text().size(), least,
                                                    [&] { return prepare(ctx, caller, prompt, out); });
  if (!prepared) {
    // An answer that was bought before is given all the same: the store decides, after the claim.
    if (!ctx.http.head().field("idempotency-key")) co_return prepared.error();
    out.admission.refusal = prepared.error();
  }
  co_return std::move(out);
}

}  // namespace tsg::pipeline
