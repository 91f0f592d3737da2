// /admin/v1/orgs
#pragma once
#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

Task<Reply> create_org(State& state, Call& call);
Task<Reply> list_orgs(State& state, Call& call);
Task<Reply> show_org(State& state, Call& call);
Task<Reply> patch_org(State& state, Call& call);
Task<Reply> delete_org(State& state, Call& call);

}  // namespace tsg::admin
