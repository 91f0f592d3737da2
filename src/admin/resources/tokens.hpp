// /admin/v1/tokens
#pragma once
#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

Task<Reply> create_token(State& state, Call& call);
Task<Reply> list_tokens(State& state, Call& call);
Task<Reply> show_token(State& state, Call& call);
Task<Reply> revoke_token(State& state, Call& call);

}  // namespace tsg::admin
