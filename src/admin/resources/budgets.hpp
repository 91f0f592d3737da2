// Budgets are documents like policies and limits; what is particular is where each stands this month.
#pragma once
#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

// The document, and limit, settled, held, remaining, window {start, end}: all of one instant.
Task<Reply> show_budget(State& state, Call& call);

}  // namespace tsg::admin
