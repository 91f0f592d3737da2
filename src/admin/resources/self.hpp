// /admin/v1/openapi.json
#pragma once
#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

Task<Reply> show_openapi(State& state, Call& call);

}  // namespace tsg::admin
