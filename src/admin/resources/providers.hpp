// /admin/v1/providers
#pragma once
#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

Task<Reply> list_providers(State& state, Call& call);

}  // namespace tsg::admin
