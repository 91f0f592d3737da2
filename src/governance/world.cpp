#include "tsg/governance/world.hpp"

namespace tsg::governance {

std::string Levels::policy_version() const {
  std::string out = shared ? shared->policy_version : std::string{};
  if (own && !own->policy_version.empty()) out += (out.empty() ? "" : ",") + own->policy_version;
  return out;
}

std::optional<Levels> World::levels(keys::Key const& key) const {
  // On the stack: ids are at most 63 bytes each.
  char name[160];
  if (key.org.size() + key.team.size() + 1 > sizeof name) return std::nullopt;
  auto const org = key.org.copy(name, sizeof name);
  name[org] = '.';
  auto const team = key.team.copy(name + org + 1, sizeof name - org - 1);
  auto const found = teams_.find(std::string_view{name, org + 1 + team});
  if (found == teams_.end()) return std::nullopt;
  Team const& t = *found->second;
  if (!t.active || key.created_at < t.since) return std::nullopt;
  Levels out;
  out.shared = &t.base;
  for (auto const& [environment, rules] : t.environments)
    if (environment == key.environment) out.shared = &rules;
  if (auto const& shard = own_[shard_of(key.id)]) {
    auto const own = shard->find(std::string_view{key.id});
    if (own != shard->end()) out.own = own->second.get();
  }
  return out;
}

}  // namespace tsg::governance
