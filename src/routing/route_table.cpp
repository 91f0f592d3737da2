#include <algorithm>

#include "tsg/routing/resolver.hpp"

namespace tsg::routing {

RouteTable::RouteTable(std::span<Route const> routes, catalog::Catalog const& catalog,
                       config::Config const& config) {
  for (auto const& route : routes) {
    Plan plan;
    plan.route = route.name;
    auto const spec = std::make_shared<Route const>(route);
    plan.spec = spec;
    for (auto const& written : spec->targets) {
      auto target = target_of(written.provider, written.model, catalog, config);
      if (!target) continue;
      target->spec = &written;
      plan.targets.push_back(std::move(*target));
    }
    if (!plan.targets.empty()) plans_.insert_or_assign(route.name, std::move(plan));
    all_.push_back(spec);
  }
  std::ranges::sort(all_, {}, [](auto const& r) -> std::string const& { return r->name; });
}

Plan const* RouteTable::find(std::string_view name) const noexcept {
  auto const it = plans_.find(name);
  return it == plans_.end() ? nullptr : &it->second;
}

}  // namespace tsg::routing
