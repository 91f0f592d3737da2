// /admin/v1/orgs/{org}/teams
#pragma once
#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

Task<Reply> create_team(State& state, Call& call);
Task<Reply> list_teams(State& state, Call& call);
Task<Reply> show_team(State& state, Call& call);
Task<Reply> patch_team(State& state, Call& call);
Task<Reply> delete_team(State& state, Call& call);

}  // namespace tsg::admin
