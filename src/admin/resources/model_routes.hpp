// /admin/v1/routes: names that applications call, and the targets behind them. Those of the configuration are
// shown and cannot be changed here.
#pragma once
#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

Task<Reply> list_model_routes(State& state, Call& call);
Task<Reply> show_model_route(State& state, Call& call);
Task<Reply> put_model_route(State& state, Call& call);
Task<Reply> delete_model_route(State& state, Call& call);
// Those the API stored, deletions too: what a record's `route_version` was is readable for ever.
Task<Reply> list_model_route_versions(State& state, Call& call);
Task<Reply> show_model_route_version(State& state, Call& call);
// {"request": {…}, "key_id": "key_…", "seed": 7}: the whole decision, nothing sent.
Task<Reply> test_model_route(State& state, Call& call);

Task<> load_model_routes(State& state);

}  // namespace tsg::admin
