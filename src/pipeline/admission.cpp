#include "pipeline/admission.hpp"

#include <algorithm>

namespace tsg::pipeline {
namespace {

// Keeps plan and bounds in step.
template <class Keep>
void keep_targets(RequestContext& ctx, Keep keep) {
  std::vector<routing::Target> targets;
  std::vector<TargetBound> bounds;
  for (std::size_t i = 0; i < ctx.plan.targets.size(); ++i) {
    auto& target = ctx.plan.targets[i];
    if (std::string reason = keep(target, ctx.bounds[i]); !reason.empty()) {
      ctx.record.candidates.emplace_back(target.name(), std::move(reason));
      continue;
    }
    targets.push_back(std::move(target));
    bounds.push_back(ctx.bounds[i]);
  }
  ctx.plan.targets = std::move(targets);
  ctx.bounds = std::move(bounds);
}

}  // namespace

BoundInput bound_input(RequestContext const& ctx) {
  BoundInput in;
  in.input_tokens = ctx.input_bound;
  in.output_default = ctx.runtime->config.limits.output_tokens_default;
  in.embeddings = ctx.operation == providers::Operation::embeddings;
  in.budgeted = !ctx.budgets.empty();
  in.time = ctx.time;
  return in;
}

void price_plan(RequestContext& ctx) {
  auto& a = ctx.admission;
  a.hold.reset();
  a.cheaper_holds.clear();
  std::vector<Nano> holds;
  for (auto const& bound : ctx.bounds)
    if (bound.hold) holds.push_back(*bound.hold);
  std::sort(holds.begin(), holds.end(), std::greater<>{});
  holds.erase(std::unique(holds.begin(), holds.end()), holds.end());
  if (holds.empty()) return;
  a.hold = holds.front();
  a.cheaper_holds.assign(holds.begin() + 1, holds.end());
}

void strike_unfunded(RequestContext& ctx) {
  if (ctx.budgets.empty()) return;
  keep_targets(ctx, [&](routing::Target const&, TargetBound const& bound) -> std::string {
    if (bound.hold && *bound.hold <= ctx.hold.amount()) return {};
    return "needs a hold of " + (bound.hold ? to_usd(*bound.hold) : std::string{"unknown size"}) +
           " USD, the budget has room for " + to_usd(ctx.hold.amount());
  });
}

bool lower_into(RequestContext& ctx, Nano room) {
  auto const in = bound_input(ctx);
  bool any = false;
  keep_targets(ctx, [&](routing::Target const& target, TargetBound& bound) -> std::string {
    auto const lowered = lowered_to(room, target, *ctx.chat, in);
    if (!lowered) return "not even one token of output fits the budget";
    bound = *lowered;
    any = true;
    return {};
  });
  if (!any) return false;
  price_plan(ctx);
  return true;
}

Error with_way_out(RequestContext const& ctx, Error error) {
  if (error.code() != Errc::insufficient_quota) return error;
  auto const* d = error.peek();
  if (d && d->limit && (d->limit->limit == "0" || d->limit->used == d->limit->limit))
    return error;  // nothing fits any more
  std::string message{error.message()};
  if (ctx.operation == providers::Operation::embeddings) {
    message += " Send less input at a time.";
  } else if (ctx.chat->max_tokens) {
    message += " Lower max_tokens: " + std::to_string(*ctx.chat->max_tokens) + " were asked for.";
  } else {
    std::int64_t assumed = 0;
    for (auto const& bound : ctx.bounds) assumed = std::max(assumed, bound.output_limit.value_or(0));
    if (assumed == 0) assumed = ctx.runtime->config.limits.output_tokens_default;
    message += " No max_tokens was given, so " + std::to_string(assumed) + " were assumed: give a lower one.";
  }
  error.details().message = std::move(message);
  return error;
}

void use_target(RequestContext& ctx, std::size_t target) {
  ctx.target = target;
  ctx.output_limit = ctx.bounds[target].output_limit;
}

Task<> hold_again(RequestContext& ctx, std::size_t target, Nano spent) {
  auto const& bound = ctx.bounds[target];
  if (ctx.budgets.empty() || !bound.hold) co_return boost::system::in_place_value;
  auto const need = checked_add(spent, *bound.hold);
  if (need && *need <= ctx.hold.amount()) co_return boost::system::in_place_value;
  store::Raise raise;
  raise.hold_id = ctx.hold.id();
  raise.amount = need.value_or(Nano{INT64_MAX});
  raise.provider = ctx.plan.targets[target].provider->id;
  raise.model = ctx.plan.targets[target].upstream_model;
  raise.budgets = ctx.budgets;
  auto raised = co_await ctx.services.store.raise(ctx.slot, std::move(raise));
  if (!raised) co_return raised.error();
  ctx.hold = *raised;
  co_return boost::system::in_place_value;
}

}  // namespace tsg::pipeline
