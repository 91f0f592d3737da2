// Start-up: the control plane's documents into memory.
#pragma once
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

Task<> load(State& state);

}  // namespace tsg::admin
