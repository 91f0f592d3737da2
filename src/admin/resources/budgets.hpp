// Budgets are documents like policies and limits; what is particular is where each stands this month, and
// what is granted on top of it.
#pragma once
#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

// The document, and limit (top-ups included), settled, held, remaining, window {start, end}: all of one
// instant.
Task<Reply> show_budget(State& state, Call& call);

// Temporary top-ups are part of the document, so that they are exported with it and every one is a record.
// POST {"usd","expires_at","reason"}: until the month's end unless said otherwise, never longer.
Task<Reply> create_topup(State& state, Call& call);
Task<Reply> delete_topup(State& state, Call& call);

}  // namespace tsg::admin
