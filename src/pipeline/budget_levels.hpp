// Which budgets a request has to fit in, and in which month.
#pragma once
#include <vector>

#include "tsg/core/time_zone.hpp"
#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {

// The calendar month the request began in; cheap: each thread remembers the last one.
Window window_of(Runtime const& runtime, WallTime time);
// Widest first: what is attached to organisation, team and environment, then to the key. `now` decides which
// top-ups count.
std::vector<store::BudgetRef> budget_levels(governance::Levels const& levels, Window window, WallTime now);

}  // namespace tsg::pipeline
