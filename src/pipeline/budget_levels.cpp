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

std::vector<store::BudgetRef> budget_levels(governance::Levels const& levels, Window window, WallTime now) {
  std::vector<store::BudgetRef> out;
  levels.each_budget([&](governance::AttachedBudget const& budget) {
    store::BudgetRef ref;
    ref.scope = to_string(budget.at.level);
    ref.scope_id = budget.at.id;
    ref.environment = budget.at.environment;
    ref.window_start_ms = window.start_ms;
    ref.window_end_ms = window.end_ms;
    ref.limit = limit_at(budget.value, window, now);
    ref.alerts_percent = budget.value.alerts_percent;
    out.push_back(std::move(ref));
  });
  return out;
}

}  // namespace tsg::pipeline
