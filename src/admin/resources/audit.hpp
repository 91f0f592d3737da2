// /admin/v1/audit
#pragma once
#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

Task<Reply> list_audit(State& state, Call& call);
Task<Reply> show_audit(State& state, Call& call);

}  // namespace tsg::admin
