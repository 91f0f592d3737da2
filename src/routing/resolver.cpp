#include "tsg/routing/resolver.hpp"

#include <algorithm>

#include "tsg/routing/suggest.hpp"

namespace tsg::routing {
namespace {

// What the provider is asked for is what the client wrote: dated aliases are a promise. One exception:
// a dialect whose own models have a prefix, which clients may leave out.
Target target_of(config::Provider const& provider, catalog::Catalog const& catalog, std::string_view model) {
  Target target;
  target.provider = &provider;
  target.upstream_model = model;
  auto const& dialect = *provider.dialect;
  if (!model.starts_with(dialect.model_prefix)) {
    auto const full = std::string{dialect.model_prefix}.append(model);
    if (catalog.find(dialect.seller, full) != nullptr) target.upstream_model = full;
  }
  target.model = look_up(catalog, provider, target.upstream_model);
  return target;
}

// Ids are unique among the sellers; configured entries may repeat one for an instance of
// their own without taking the plain name away.
catalog::Model const* unpinned(catalog::Catalog const& catalog, std::string_view name) {
  if (auto const* only = catalog.find(name)) return only;
  catalog::Model const* found = nullptr;
  for (auto const provider : providers::sellers()) {
    auto const* model = catalog.find(provider, name);
    if (model == nullptr || model->id.find('/') != std::string::npos) continue;
    if (found != nullptr) return nullptr;
    found = model;
  }
  return found;
}

Error not_found(std::string_view name, catalog::Catalog const& catalog, config::Config const& config) {
  return Error{Errc::model_not_found, does_not_exist(name) + did_you_mean(name, catalog, config, {}),
               "model"};
}

Plan plan_of(Target target, bool pinned) {
  Plan plan;
  plan.pinned = pinned;
  plan.targets.push_back(std::move(target));
  return plan;
}

}  // namespace

catalog::Model const* look_up(catalog::Catalog const& catalog, config::Provider const& provider,
                              std::string_view model) noexcept {
  if (auto const* own = catalog.find(provider.id, model)) return own;
  return catalog.find(provider.dialect->seller, model);
}

std::string Target::name() const {
  return target_name(provider->id, upstream_model);
}

std::string target_name(std::string_view instance, std::string_view model) {
  std::string name;
  // Where the id begins with the instance's own name that name is not said twice.
  auto const prefixed =
      model.size() > instance.size() && model.starts_with(instance) && model[instance.size()] == '/';
  if (!prefixed) name.append(instance).append(1, '/');
  return name.append(model);
}

Result<Plan> resolve(std::string_view model, catalog::Catalog const& catalog, config::Config const& config,
                     RouteTable const* routes) {
  if (model.empty()) return Error{Errc::bad_request, "`model` must not be empty.", "model"};
  if (auto const slash = model.find('/'); slash != model.npos) {
    auto const rest = model.substr(slash + 1);
    if (auto const* instance = config.provider(model.substr(0, slash)); instance != nullptr && !rest.empty())
      return plan_of(target_of(*instance, catalog, rest), true);
  }
  if (auto const* route = routes ? routes->find(model) : nullptr) return *route;
  auto const* known = unpinned(catalog, model);
  auto const* instance = known != nullptr ? config.provider(known->provider) : nullptr;
  if (instance == nullptr) return not_found(model, catalog, config);
  return plan_of(target_of(*instance, catalog, model), false);
}

std::optional<Target> target_of(std::string_view provider, std::string_view model,
                                catalog::Catalog const& catalog, config::Config const& config) {
  auto const* instance = config.provider(provider);
  if (instance == nullptr) return {};
  return target_of(*instance, catalog, model);
}

bool is_default_instance(config::Provider const& provider) noexcept {
  auto const& sellers = providers::sellers();
  return provider.default_instance || std::ranges::find(sellers, provider.id) != sellers.end();
}

}  // namespace tsg::routing
