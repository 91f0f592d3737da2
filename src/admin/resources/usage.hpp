// /admin/v1/usage: who used what, as JSON, CSV, or a FOCUS file.
#pragma once
#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

Task<Reply> show_usage(State& state, Call& call);

}  // namespace tsg::admin
