// THE table: method, path, who may, what for, handler. src/admin/ROLES.md shows it; a test compares.
#include <array>

#include "admin/resources/acknowledge.hpp"
#include "admin/resources/audit.hpp"
#include "admin/resources/budgets.hpp"
#include "admin/resources/documents.hpp"
#include "admin/resources/keys.hpp"
#include "admin/resources/model_routes.hpp"
#include "admin/resources/models.hpp"
#include "admin/resources/orgs.hpp"
#include "admin/resources/policy_test.hpp"
#include "admin/resources/prices.hpp"
#include "admin/resources/providers.hpp"
#include "admin/resources/self.hpp"
#include "admin/resources/teams.hpp"
#include "admin/resources/tokens.hpp"
#include "admin/resources/usage.hpp"
#include "admin/route.hpp"

namespace tsg::admin {
namespace {

using enum http::Method;
using enum Reach;
using enum DocumentKind;

constexpr std::array kRoutes{
    Route{post, "/admin/v1/orgs", kAdmins, global, "Create an organisation", &create_org},
    Route{get, "/admin/v1/orgs", kReaders, own, "List organisations", &list_orgs},
    Route{get, "/admin/v1/orgs/{org}", kReaders, own, "One organisation", &show_org},
    Route{patch, "/admin/v1/orgs/{org}", kAdmins, global, "Rename, disable or enable an organisation",
          &patch_org},
    Route{del, "/admin/v1/orgs/{org}", kAdmins, global, "Delete an organisation; its books stay",
          &delete_org},
    Route{post, "/admin/v1/orgs/{org}/teams", kAdmins, own, "Create a team", &create_team},
    Route{get, "/admin/v1/orgs/{org}/teams", kReaders, own, "List teams", &list_teams},
    Route{get, "/admin/v1/orgs/{org}/teams/{team}", kReaders, own, "One team", &show_team},
    Route{patch, "/admin/v1/orgs/{org}/teams/{team}", kAdmins, own, "Rename, disable or enable a team",
          &patch_team},
    Route{del, "/admin/v1/orgs/{org}/teams/{team}", kAdmins, own, "Delete a team; its books stay",
          &delete_team},

    Route{post, "/admin/v1/keys", kAdmins, own, "Create a key; it is shown once", &create_key},
    Route{get, "/admin/v1/keys", kReaders, own, "List keys", &list_keys},
    Route{get, "/admin/v1/keys/{key}", kReaders, own, "One key", &show_key},
    Route{patch, "/admin/v1/keys/{key}", kAdmins, own, "Change, disable or enable a key", &patch_key},
    Route{post, "/admin/v1/keys/{key}/rotate", kAdmins, own, "A second secret; the old one ends",
          &rotate_key},
    Route{post, "/admin/v1/keys/{key}/revoke", kAdmins, own, "Revoke a key for ever", &revoke_key},
    Route{get, "/admin/v1/routes", kReaders, global, "Routes: named models with several targets",
          &list_model_routes},
    Route{post, "/admin/v1/routes/test", kAudit, own, "Where a request would go; nothing sent",
          &test_model_route},
    Route{get, "/admin/v1/routes/{name}", kReaders, global, "One route", &show_model_route},
    Route{put, "/admin/v1/routes/{name}", kAdmins, global, "Create or replace a route", &put_model_route},
    Route{del, "/admin/v1/routes/{name}", kAdmins, global, "Delete a route", &delete_model_route},
    Route{get, "/admin/v1/routes/{name}/versions", kReaders, global, "Every version there was, newest first",
          &list_model_route_versions},
    Route{get, "/admin/v1/routes/{name}/versions/{version}", kReaders, global, "One version, as it was",
          &show_model_route_version},

    Route{get, "/admin/v1/policies", kReaders, own, "List documents", &list_of<policy>},
    Route{get, "/admin/v1/policies/{level}/{id}", kReaders, own, "The policy attached there",
          &show_of<policy>},
    Route{put, "/admin/v1/policies/{level}/{id}", kAdmins, below, "Attach a policy", &put_of<policy>},
    Route{del, "/admin/v1/policies/{level}/{id}", kAdmins, below, "Take the policy away", &delete_of<policy>},
    Route{get, "/admin/v1/policies/{level}/{id}/versions", kReaders, own,
          "Every version there was, newest first", &versions_of<policy>},
    Route{get, "/admin/v1/policies/{level}/{id}/versions/{version}", kReaders, own, "One version, as it was",
          &version_of<policy>},

    Route{get, "/admin/v1/limits", kReaders, own, "List documents", &list_of<limit>},
    Route{get, "/admin/v1/limits/{level}/{id}", kReaders, own, "The rate limit attached there",
          &show_of<limit>},
    Route{put, "/admin/v1/limits/{level}/{id}", kAdmins, below, "Attach a rate limit", &put_of<limit>},
    Route{del, "/admin/v1/limits/{level}/{id}", kAdmins, below, "Take the rate limit away",
          &delete_of<limit>},
    Route{get, "/admin/v1/limits/{level}/{id}/versions", kReaders, own,
          "Every version there was, newest first", &versions_of<limit>},
    Route{get, "/admin/v1/limits/{level}/{id}/versions/{version}", kReaders, own, "One version, as it was",
          &version_of<limit>},

    Route{get, "/admin/v1/budgets", kReaders, own, "List documents", &list_of<budget>},
    Route{get, "/admin/v1/budgets/{level}/{id}", kReaders, own,
          "The budget attached there, and where it stands", &show_budget},
    Route{put, "/admin/v1/budgets/{level}/{id}", kMoney, below, "Attach a budget", &put_of<budget>},
    Route{del, "/admin/v1/budgets/{level}/{id}", kMoney, below, "Take the budget away", &delete_of<budget>},
    Route{post, "/admin/v1/budgets/{level}/{id}/topups", kMoney, below, "More for this month, until a time",
          &create_topup},
    Route{del, "/admin/v1/budgets/{level}/{id}/topups/{topup}", kMoney, below, "End a top-up now",
          &delete_topup},
    Route{get, "/admin/v1/budgets/{level}/{id}/versions", kReaders, own,
          "Every version there was, newest first", &versions_of<budget>},
    Route{get, "/admin/v1/budgets/{level}/{id}/versions/{version}", kReaders, own, "One version, as it was",
          &version_of<budget>},

    Route{get, "/admin/v1/prices", kReaders, own, "The price list, dated", &list_prices},
    Route{get, "/admin/v1/prices/terms", kBooks, own, "List documents", &list_of<terms>},
    Route{get, "/admin/v1/prices/terms/{level}/{id}", kBooks, own, "Discounts and mark-ups that apply there",
          &show_of<terms>},
    Route{put, "/admin/v1/prices/terms/{level}/{id}", kMoney, global, "Attach discounts and mark-ups",
          &put_of<terms>},
    Route{del, "/admin/v1/prices/terms/{level}/{id}", kMoney, global, "Take them away", &delete_of<terms>},
    Route{get, "/admin/v1/prices/terms/{level}/{id}/versions", kBooks, own,
          "Every version there was, newest first", &versions_of<terms>},
    Route{get, "/admin/v1/prices/terms/{level}/{id}/versions/{version}", kBooks, own,
          "One version, as it was", &version_of<terms>},

    Route{post, "/admin/v1/policies/test", kAudit, own, "The decision on a hypothetical request",
          &test_policy},
    Route{get, "/admin/v1/openapi.json", kAnyRole, own, "This document", &show_openapi},

    Route{post, "/admin/v1/tokens", kOwner, own, "Create an admin token; it is shown once", &create_token},
    Route{get, "/admin/v1/tokens", kOwner, own, "List admin tokens", &list_tokens},
    Route{get, "/admin/v1/tokens/{token}", kOwner, own, "One admin token", &show_token},
    Route{post, "/admin/v1/tokens/{token}/revoke", kOwner, own, "Revoke an admin token", &revoke_token},

    Route{get, "/admin/v1/audit", kAudit, own, "Audit records, newest first", &list_audit},
    Route{get, "/admin/v1/audit/{request_id}", kAudit, own, "One request's record", &show_audit},
    Route{post, "/admin/v1/audit/acknowledgements", kOwner, global,
          "A break that `tsg audit verify` lists was looked at", &acknowledge_break},
    Route{get, "/admin/v1/usage", kBooks, own, "Usage and cost: json, csv or FOCUS", &show_usage},
    Route{get, "/admin/v1/models", kReaders, own, "The catalogue", &list_models},
    Route{get, "/admin/v1/providers", kReaders, own, "State of each provider", &list_providers},
    Route{put, "/admin/v1/providers/{provider}/credentials/{name}", kOwner, global,
          "Store a provider's key, encrypted; it is never shown", &put_credential},
    Route{del, "/admin/v1/providers/{provider}/credentials/{name}", kOwner, global, "Delete a stored key",
          &delete_credential},
};

}  // namespace

std::span<Route const> routes() noexcept {
  return kRoutes;
}

}  // namespace tsg::admin
