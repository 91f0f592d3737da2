#include "pipeline/admission.hpp"

#include <algorithm>

namespace tsg::pipeline {

bool lower_into(Nano room, conversation::Prompt const& prompt, BoundInput const& in, Priced& priced,
                std::vector<audit::Candidate>& candidates) {
  bool any = false;
  priced.plan.strike(candidates, [&](routing::Target const& target, TargetBound& bound) -> std::string {
    auto const lowered = lowered_to(room, target, prompt, in);
    if (!lowered) return "not even one token of output fits the budget";
    bound = *lowered;
    any = true;
    return {};
  });
  if (!any) return false;
  priced.offer_holds();
  return true;
}

void strike_unfunded(Admitted& admitted, std::vector<audit::Candidate>& candidates) {
  if (!admitted.plan.budgeted()) return;
  auto const held = admitted.hold.amount();
  admitted.plan.strike(candidates, [held](routing::Target const&, TargetBound const& bound) -> std::string {
    if (bound.hold && *bound.hold <= held) return {};
    return "needs a hold of " + (bound.hold ? to_usd(*bound.hold) : std::string{"unknown size"}) +
           " USD, the budget has room for " + to_usd(held);
  });
}

Task<> hold_again(store::Store& store, Admitted& admitted, std::size_t target, Nano spent) {
  auto const& plan = admitted.plan;
  auto const& bound = plan.bounds[target];
  if (!plan.budgeted() || !bound.hold) co_return boost::system::in_place_value;
  auto const need = checked_add(spent, *bound.hold);
  if (need && *need <= admitted.hold.amount()) co_return boost::system::in_place_value;
  store::Raise raise;
  raise.hold_id = admitted.hold.id();
  raise.amount = need.value_or(Nano{INT64_MAX});
  raise.provider = plan.targets[target].provider->id;
  raise.model = plan.targets[target].upstream_model;
  raise.budgets = plan.budgets;
  auto raised = co_await store.raise(admitted.slot, std::move(raise));
  if (!raised) co_return raised.error();
  admitted.hold = *raised;
  co_return boost::system::in_place_value;
}

Error with_way_out(Error error, conversation::Facts const& asked, PricedPlan const& plan,
                   std::int64_t output_default) {
  if (error.code() != Errc::insufficient_quota) return error;
  auto const* d = error.peek();
  if (d && d->limit && (d->limit->limit == "0" || d->limit->used == d->limit->limit))
    return error;  // nothing fits any more
  std::string message{error.message()};
  if (asked.operation == conversation::Operation::embeddings) {
    message += " Send less input at a time.";
  } else if (asked.max_tokens) {
    message += " Lower max_tokens: " + std::to_string(*asked.max_tokens) + " were asked for.";
  } else {
    std::int64_t assumed = 0;
    for (auto const& bound : plan.bounds) assumed = std::max(assumed, bound.output_limit.value_or(0));
    if (assumed == 0) assumed = output_default;
    message += " No max_tokens was given, so " + std::to_string(assumed) + " were assumed: give a lower one.";
  }
  error.details().message = std::move(message);
  return error;
}

}  // namespace tsg::pipeline
