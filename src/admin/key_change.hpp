// One way for every change of a key: document and record committed, then published to the workers.
#pragma once
#include <memory>
#include <string>

#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

// The key of params[0], if this token may see it.
std::shared_ptr<keys::Key const> find_key(State const& state, Call const& call);
Error no_key(std::string_view id);
// The `limits` of the key's own document into the builder.
void put_key_limits(State& state, keys::Key const& key);
// `before` is nullptr for a new key. When it returns, the next request of every worker sees the change.
Task<std::shared_ptr<keys::Key const>> change_key(State& state, Call& call, std::string kind,
                                                  std::shared_ptr<keys::Key const> before, keys::Key after);

}  // namespace tsg::admin
