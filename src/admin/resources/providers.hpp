// /admin/v1/providers
#pragma once
#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

Task<Reply> list_providers(State& state, Call& call);
// Body {"key","weight","org"}: stored encrypted, used from the next request on, never shown again.
Task<Reply> put_credential(State& state, Call& call);
Task<Reply> delete_credential(State& state, Call& call);

}  // namespace tsg::admin
