// The admin API as data: docs, roles and tests are made from this table.
#pragma once
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"
#include "tsg/http/message.hpp"

namespace tsg::admin {

// Which organisations a call may concern. A path with {org} is checked before the handler runs.
enum class Reach : std::uint8_t {
  own,     // the handler answers within call.who.sees(); other organisations' ids are 404
  below,   // as own, at teams and keys: what is attached to the organisation itself, `{level}` org, is the
           // platform's word to it, and a token limited to it may not change that (403)
  global,  // for who answers for all organisations: a token limited to one is refused (403)
};

struct Route {
  http::Method method;
  std::string_view path;  // {name} matches one segment
  Roles roles;
  Reach reach;
  std::string_view summary;  // one line, for the OpenAPI document
  Task<Reply> (*run)(State&, Call&);
};

std::span<Route const> routes() noexcept;

// Does the path fit the template? `params` gets what the {…} matched.
bool match(std::string_view path_template, std::string_view path, std::vector<std::string>& params);

}  // namespace tsg::admin
