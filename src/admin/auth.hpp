// Whose admin token is it.
#pragma once
#include <optional>

#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/http/message.hpp"

namespace tsg::admin {

// nullopt: no token, or one that nobody has; all refusals look the same.
std::optional<Principal> authenticate(State const& state, http::RequestHead const& head, WallTime now);

}  // namespace tsg::admin
