// One decision with everything it was made from: recorded in the audit log, shown by `tsg explain` and
// `tsg route test`, repeated by a test.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "tsg/routing/rank.hpp"
#include "tsg/routing/resolver.hpp"

namespace tsg::routing {

struct Decision {
  Decision() = default;
  std::string route, route_version, catalog_version;
  Strategy strategy = Strategy::priority;
  std::uint64_t seed = 0;
  WallTime at;
  Facts facts;
  std::vector<std::string> targets;  // those that could take the request, as written
  std::vector<Option> options;       // of the same
  std::vector<Place> order;          // `option` is an index into both
};

// Targets that cannot take the request leave the plan; each with its reason goes to `passed_over`.
struct PassedOver {
  PassedOver(std::string t, std::string r) : target{std::move(t)}, reason{std::move(r)} {}
  std::string target, reason;
};
void strike_unfit(Plan& plan, Facts const& facts, std::vector<PassedOver>& passed_over);

// `views`: health of each target of the plan, in its order.
Decision decide(Plan const& plan, Facts const& facts, std::vector<View> const& views, WallTime at,
                std::uint64_t seed);

// Members in fixed order, integers and strings only (audit/FORMAT.md).
std::string to_json(Decision const& decision);
std::optional<Decision> decision_from_json(std::string_view json);
// The same decision on fresh state: only what the record holds, the routes and the catalogue. nullopt: the
// route is gone, or has another version.
std::optional<Decision> repeat(Decision const& recorded, RouteTable const& routes);

}  // namespace tsg::routing
