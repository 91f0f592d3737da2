// What the audit log and usage are narrowed by: the same names and forms in both, so that a question asked of
// one can be asked of the other.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "admin/call.hpp"
#include "tsg/core/error.hpp"

namespace tsg::admin {

struct Filters {
  Filters() = default;
  std::optional<WallTime> from, to;                             // RFC 3339, or a day of UTC
  std::string org, team, environment, key_id, provider, model;  // "" = any

  // One parameter. False: it is none of `from, to, org, team, environment, key_id, key, provider, model`.
  // `team` is {org}.{team}, or the team's own id, which is of `org` where that is given and of any
  // organisation where not.
  Result<bool> read(std::string const& name, std::string const& value);
  // When all are read: a limited token sees its organisation (a filter, not a hint: ASVS 8.2.2), another's
  // does not exist.
  Result<> limit_to(Principal const& who);
};

}  // namespace tsg::admin
