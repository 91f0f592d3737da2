#include "tsg/routing/decision.hpp"

#include <algorithm>

#include "tsg/routing/random.hpp"

namespace tsg::routing {
namespace {

// Spelt out where a provider is asked to keep data in a region; `regions` was checked when the route was
// made, but the configuration may have changed since.
bool carries(config::Provider const& provider, std::vector<std::string> const& regions) {
  return std::ranges::all_of(regions, [&](auto const& region) {
    return std::ranges::find(provider.regions, region) != provider.regions.end();
  });
}

std::string reason_of(Plan const& plan, Target const& target, Facts const& facts) {
  if (plan.spec && !carries(*target.provider, plan.spec->regions)) return "residency";
  if (target.spec)
    if (auto const why = unmet(target.spec->when, facts); !why.empty()) return std::string{why};
  return std::string{unfit(target.model, facts)};
}

}  // namespace

void strike_unfit(Plan& plan, Facts const& facts, std::vector<PassedOver>& passed_over) {
  std::erase_if(plan.targets, [&](Target const& target) {
    auto reason = reason_of(plan, target, facts);
    if (reason.empty()) return false;
    passed_over.emplace_back(target.name(), std::move(reason));
    return true;
  });
}

Decision decide(Plan const& plan, Facts const& facts, std::vector<View> const& views, WallTime at,
                std::uint64_t seed) {
  Decision d;
  d.route = plan.route;
  if (plan.spec) {
    d.route_version = plan.spec->version;
    d.strategy = plan.spec->strategy;
  }
  d.seed = seed;
  d.at = at;
  d.facts = facts;
  d.targets.reserve(plan.targets.size());
  d.options.resize(plan.targets.size());
  for (std::size_t i = 0; i < plan.targets.size(); ++i) {
    auto const& target = plan.targets[i];
    auto& option = d.options[i];
    d.targets.push_back(target.name());
    option.name_hash = stable_hash(d.targets.back());
    if (target.spec) option.weight = target.spec->weight;
    if (d.strategy == Strategy::lowest_cost && target.model)
      option.cost = likely_cost(*target.model, facts, at);
    if (i < views.size()) option.view = views[i];
  }
  bool const sticky = plan.spec && plan.spec->sticky != Sticky::none;
  d.order = rank(d.strategy, sticky ? facts.sticky : 0, d.options, seed);
  return d;
}

std::optional<Decision> repeat(Decision const& recorded, RouteTable const& routes) {
  auto const* route = routes.find(recorded.route);
  if (route == nullptr || route->spec->version != recorded.route_version) return {};
  Plan plan = *route;
  // Targets struck by policy or budget are a matter of other stages: the record says which were left.
  std::erase_if(plan.targets, [&](Target const& t) {
    return std::ranges::find(recorded.targets, t.name()) == recorded.targets.end();
  });
  std::vector<View> views;
  for (auto const& option : recorded.options) views.push_back(option.view);
  auto again = decide(plan, recorded.facts, views, recorded.at, recorded.seed);
  again.catalog_version = recorded.catalog_version;
  return again;
}

}  // namespace tsg::routing
