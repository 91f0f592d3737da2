// /admin/v1/policies/test
#pragma once
#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

// Body: {"key":"key_…","path":"/v1/chat/completions","client":"192.0.2.1","at":"2026-…","request":{…}}.
// Answers the decision a request of that key would get, rule by rule; nothing is sent, taken or recorded.
Task<Reply> test_policy(State& state, Call& call);

}  // namespace tsg::admin
