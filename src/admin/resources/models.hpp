// The catalogue that requests are priced by, as it is loaded now.
#pragma once
#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

// In the catalogue's order, retired ones included; the cursor is the position.
Task<Reply> list_models(State& state, Call& call);

}  // namespace tsg::admin
