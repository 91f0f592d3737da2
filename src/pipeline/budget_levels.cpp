#include "pipeline/budget_levels.hpp"

namespace tsg::pipeline {

Window window_of(Runtime const& runtime, WallTime time) {
  thread_local std::string zone;
  thread_local Window month;
  auto const ms = time.ms();
  if (ms < month.start_ms || ms >= month.end_ms || zone != runtime.zone.name()) {
    month = runtime.zone.month_of(time);
    zone = runtime.zone.name();
  }
  return month;
}

std::vector<store::BudgetRef> budget_levels(keys::Key const& key, Window window, WallTime) {
  std::vector<store::BudgetRef> out;
  if (key.monthly_budget_usd.empty()) return out;
  store::BudgetRef own;
  own.scope = "key";
  own.scope_id = key.id;
  own.window_start_ms = window.start_ms;
  own.window_end_ms = window.end_ms;
  // The admin API takes decimals only; if a document says otherwise, nothing may be spent.
  own.limit = parse_usd(key.monthly_budget_usd).value_or(Nano{});
  own.alerts_percent = {50, 80, 100};
  out.push_back(std::move(own));
  return out;
}

}  // namespace tsg::pipeline
