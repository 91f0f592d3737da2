// Organisations and teams as the admin thread knows them; their documents in the store are the authority.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tsg/core/clock.hpp"

namespace tsg::admin {

struct Entity {  // an organisation ("acme") or a team ("acme.core")
  std::string id, name;
  WallTime created_at;
  std::int64_t version = 0;
};

struct World {
  std::map<std::string, Entity, std::less<>> orgs, teams;
};

// [a-z0-9-]{1,63}: ids that differ in case or Unicode form cannot exist.
bool valid_id(std::string_view id) noexcept;
std::string entity_document(Entity const& entity);
std::optional<Entity> entity_from(std::string_view json);

}  // namespace tsg::admin
