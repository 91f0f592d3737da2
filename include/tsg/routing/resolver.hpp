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

namespace tsg::routing {

// "instance/model", the name that audit records, answers and patterns speak of.
std::string target_name(std::string_view instance, std::string_view model);

struct Target {
  Target() = default;
  config::Provider const* provider = nullptr;  // lives in the config snapshot
  catalog::Model const* model = nullptr;       // nullptr: unknown to the catalogue, pinned
  std::string upstream_model;                  // what the provider is asked for
  std::string name() const;
};

struct Plan {
  Plan() = default;
  bool pinned = false;
  std::string route;            // name, "" = not a route
  std::vector<Target> targets;  // in order of preference
};

// Contract §3: catalogue id, instance/model, alias. Errors: model_not_found (with the nearest names),
// bad_request for an empty name.
Result<Plan> resolve(std::string_view model, catalog::Catalog const& catalog, config::Config const& config);

// Patterns of a key: `*` crosses `/`; matched against "instance/model"; without `/` against the model
// part, on default instances only.
bool allowed(std::span<std::string const> patterns, std::string_view instance, std::string_view model,
             bool default_instance) noexcept;
bool is_default_instance(config::Provider const& provider) noexcept;
// Could any pattern allow a model of this name? Decides between 403 and 404 for unknown names.
bool could_allow(std::span<std::string const> patterns, std::string_view requested) noexcept;

}  // namespace tsg::routing
