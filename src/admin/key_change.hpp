// One way for every change of a key: document and record committed, then published to the workers.
#pragma once
#include <memory>
#include <optional>
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
// The limit of the budget attached to the key; "" = none. The document is the only authority.
std::string monthly_usd_of(State const& state, std::string const& key_id);
// `before` is nullptr for a new key; `monthly_usd`: as read_monthly_budget() gives it. Key and budget are one
// transaction; what stays the same makes no version. When it returns, the next request of every worker sees
// it.
Task<std::shared_ptr<keys::Key const>> change_key(State& state, Call& call, std::string kind,
                                                  std::shared_ptr<keys::Key const> before, keys::Key after,
                                                  std::optional<std::string> monthly_usd = {});

}  // namespace tsg::admin
