// /admin/v1/keys
#pragma once
#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

Task<Reply> create_key(State& state, Call& call);
Task<Reply> list_keys(State& state, Call& call);
Task<Reply> show_key(State& state, Call& call);
Task<Reply> patch_key(State& state, Call& call);
Task<Reply> rotate_key(State& state, Call& call);
Task<Reply> revoke_key(State& state, Call& call);

}  // namespace tsg::admin
