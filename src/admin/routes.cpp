// THE table: method, path, who may, what for, handler. src/admin/README.md shows it; a test compares.
#include <array>

#include "admin/resources/audit.hpp"
#include "admin/resources/keys.hpp"
#include "admin/resources/orgs.hpp"
#include "admin/resources/providers.hpp"
#include "admin/resources/teams.hpp"
#include "admin/resources/usage.hpp"
#include "admin/route.hpp"

namespace tsg::admin {
namespace {

using enum http::Method;
using enum Reach;

constexpr std::array kRoutes{
    Route{post, "/admin/v1/orgs", kAdmins, global, "Create an organisation", &create_org},
    Route{get, "/admin/v1/orgs", kReaders, own, "List organisations", &list_orgs},
    Route{post, "/admin/v1/orgs/{org}/teams", kAdmins, own, "Create a team", &create_team},
    Route{get, "/admin/v1/orgs/{org}/teams", kReaders, own, "List teams", &list_teams},
    Route{post, "/admin/v1/keys", kAdmins, own, "Create a key; it is shown once", &create_key},
    Route{get, "/admin/v1/keys", kReaders, own, "List keys", &list_keys},
    Route{get, "/admin/v1/keys/{key}", kReaders, own, "One key", &show_key},
    Route{post, "/admin/v1/keys/{key}/revoke", kAdmins, own, "Revoke a key for ever", &revoke_key},
    Route{get, "/admin/v1/audit", kAudit, own, "Audit records, newest first", &list_audit},
    Route{get, "/admin/v1/audit/{request_id}", kAudit, own, "One request's record", &show_audit},
    Route{get, "/admin/v1/usage", kBooks, own, "Usage and cost: json, csv or FOCUS", &show_usage},
    Route{get, "/admin/v1/providers", kReaders, own, "State of each provider", &list_providers},
};

}  // namespace

std::span<Route const> routes() noexcept {
  return kRoutes;
}

}  // namespace tsg::admin
