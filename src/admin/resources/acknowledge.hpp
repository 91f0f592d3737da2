// /admin/v1/audit/acknowledgements
#pragma once
#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

// An owner has looked at a break that `tsg audit verify` lists and says why it is there: a record, after
// which verify lists it as acknowledged. What is changed later is another break.
Task<Reply> acknowledge_break(State& state, Call& call);

}  // namespace tsg::admin
