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

std::vector<store::BudgetRef> budget_levels(governance::Levels const& levels, keys::Key const& key,
                                            Window window) {
  std::vector<store::BudgetRef> out;
  for (auto& level : governance::budget_levels(levels, key)) {
    store::BudgetRef ref;
    ref.scope = std::move(level.scope);
    ref.scope_id = std::move(level.scope_id);
    ref.environment = std::move(level.environment);
    ref.window_start_ms = window.start_ms;
    ref.window_end_ms = window.end_ms;
    ref.limit = level.limit;
    ref.alerts_percent = level.document ? level.document->alerts_percent : std::vector<int>{50, 80, 100};
    out.push_back(std::move(ref));
  }
  return out;
}

}  // namespace tsg::pipeline
