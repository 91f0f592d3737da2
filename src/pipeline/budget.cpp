// Prices the plan and prepares the hold: an upper bound of what the request can cost (BUD-3). Writes nothing:
// the next stage commits claim and hold together.
#include <algorithm>

#include "pipeline/admission.hpp"
#include "pipeline/budget_levels.hpp"
#include "pipeline/chain.hpp"

namespace tsg::pipeline {
namespace {

void name_request(RequestContext& ctx) {
  auto const& target = ctx.plan.targets.front();
  auto& a = ctx.admission;
  a.request_id = ctx.id;
  a.time = ctx.time;
  a.key_id = ctx.key->id;
  a.org = ctx.key->org;
  a.team = ctx.key->team;
  a.environment = ctx.key->environment;
  a.provider = target.provider->id;
  a.model = target.upstream_model;
  a.model_requested = ctx.chat->model.substr(0, 256);
  a.budgets = ctx.budgets;
  a.markup_micro = terms_at(ctx.levels, target.provider->id, ctx.time).markup_micro;
}

// What the client can change comes first.
Error nothing_to_hold(RequestContext const& ctx) {
  auto const& bounds = ctx.bounds;
  auto const in = bound_input(ctx);
  for (auto const& target : ctx.plan.targets)
    if (tier_unpriced(target, *ctx.chat, in))
      return Error{Errc::model_unpriced,
                   "The service tier '" + ctx.chat->service_tier.substr(0, 64) +
                       "' has no price for the model '" + ctx.chat->model.substr(0, 200) +
                       "', and a budget applies to this key: leave service_tier out, or ask for 'default'.",
                   "service_tier"};
  auto const searching = std::ranges::find_if(bounds, [](auto const& b) { return !b.unbounded.empty(); });
  if (searching == bounds.end()) return Error{Errc::model_unpriced};
  return Error{Errc::unbounded_cost,
               "The cost of this request has no upper bound: " + std::string{searching->unbounded} + "."};
}

class Budget final : public Middleware {
 public:
  std::string_view name() const noexcept override { return "budget"; }

  Task<> handle(RequestContext& ctx, Next next) override {
    auto const& limits = ctx.runtime->config.limits;
    auto prepared = co_await ctx.services.offload.run(ctx.chat->document.text().size(), limits.offload_bytes,
                                                      [&ctx] { return prepare(ctx); });
    if (!prepared) {
      // An answer that was bought before is given all the same: the store decides, after the claim.
      if (!ctx.http.head().field("idempotency-key")) co_return prepared.error();
      ctx.admission.refusal = prepared.error();
    }
    co_return co_await next(ctx);
  }

 private:
  static Result<> prepare(RequestContext& ctx) {
    ctx.budgets = budget_levels(ctx.levels, window_of(*ctx.runtime, ctx.time), ctx.time);
    bool const budgeted = !ctx.budgets.empty();
    name_request(ctx);

    auto const input = providers::input_bound(*ctx.chat);
    ctx.input_bound = input.tokens.value_or(static_cast<std::int64_t>(ctx.chat->document.text().size()));
    auto const in = bound_input(ctx);
    for (auto const& target : ctx.plan.targets) ctx.bounds.push_back(bound_of(target, *ctx.chat, in));
    if (budgeted && !input.tokens)
      return Error{Errc::unbounded_cost,
                   "The cost of this request has no upper bound: " + input.why_unbounded};
    if (budgeted && std::ranges::none_of(ctx.bounds, [](auto const& b) { return b.hold.has_value(); }))
      return nothing_to_hold(ctx);
    price_plan(ctx);
    return boost::system::in_place_value;
  }
};

}  // namespace

std::unique_ptr<Middleware> make_budget() {
  return std::make_unique<Budget>();
}

}  // namespace tsg::pipeline
