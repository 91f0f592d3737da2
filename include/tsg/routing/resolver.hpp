// A model name to an ordered plan, and who may use it. Pure functions of snapshots.
#pragma once
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/catalog/catalog.hpp"
#include "tsg/config/config.hpp"
#include "tsg/core/error.hpp"
#include "tsg/routing/route.hpp"

namespace tsg::routing {

// "instance/model", the name that audit records, answers and patterns speak of.
std::string target_name(std::string_view instance, std::string_view model);

struct Target {
  Target() = default;
  config::Provider const* provider = nullptr;  // lives in the config snapshot
  catalog::Model const* model = nullptr;       // nullptr: unknown to the catalogue, pinned
  std::string upstream_model;                  // what the provider is asked for
  RouteTarget const* spec = nullptr;  // of a route: weight and conditions; lives as long as Plan::spec
  std::string name() const;
};

struct Plan {
  Plan() = default;
  bool pinned = false;
  std::string route;                  // name, "" = not a route
  std::shared_ptr<Route const> spec;  // of the route; null = not a route
  std::vector<Target> targets;        // in the order they are written; the router ranks them
};

// The routes of one configuration and catalogue, with their targets looked up once. Immutable; pointers in it
// live as long as those two, so it is kept beside them.
class RouteTable {
 public:
  RouteTable() = default;
  RouteTable(std::span<Route const> routes, catalog::Catalog const& catalog, config::Config const& config);
  // A target whose provider is not configured any more is left out; nullptr: no such route, or no target
  // left.
  Plan const* find(std::string_view name) const noexcept;
  std::vector<std::shared_ptr<Route const>> const& all() const noexcept { return all_; }  // by name

 private:
  std::map<std::string, Plan, std::less<>> plans_;
  std::vector<std::shared_ptr<Route const>> all_;
};

// A model that an instance serves. Entries made for this very instance win over those of the provider whose
// dialect it speaks.
catalog::Model const* look_up(catalog::Catalog const& catalog, config::Provider const& provider,
                              std::string_view model) noexcept;

// "provider/model" as a route names it; nullopt: the provider is not configured.
std::optional<Target> target_of(std::string_view provider, std::string_view model,
                                catalog::Catalog const& catalog, config::Config const& config);

// Contract §3: instance/model, route, catalogue id, alias. Errors: model_not_found (with the nearest names),
// bad_request for an empty name.
Result<Plan> resolve(std::string_view model, catalog::Catalog const& catalog, config::Config const& config,
                     RouteTable const* routes = nullptr);

// Patterns of a key: `*` crosses `/`; matched against "instance/model"; without `/` against the model
// part, on default instances only.
bool allowed(std::span<std::string const> patterns, std::string_view instance, std::string_view model,
             bool default_instance) noexcept;
// A policy's denial: as above, but without `/` on every instance, and also behind a creator's name.
bool denied(std::span<std::string const> patterns, std::string_view instance,
            std::string_view model) noexcept;
bool is_default_instance(config::Provider const& provider) noexcept;
// By the name it is asked for, or by its catalogue id (a pattern for a model allows its dated aliases).
bool allowed(std::span<std::string const> patterns, Target const& target) noexcept;
// A route's name needs a pattern without "/"; its targets need their own besides.
bool route_allowed(std::span<std::string const> patterns, std::string_view route) noexcept;
// Could any pattern allow a model of this name? Decides between 403 and 404 for unknown names.
bool could_allow(std::span<std::string const> patterns, std::string_view requested) noexcept;

}  // namespace tsg::routing
