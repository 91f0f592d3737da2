// Organisations, teams and attached documents as the admin thread knows them; the store is the authority.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "tsg/core/clock.hpp"
#include "tsg/core/ids.hpp"

namespace tsg::admin {

// Names are stored. A deleted one stays as a document: its id is never given to another (ledger and audit
// speak of it).
enum class EntityState : std::uint8_t { active, disabled, deleted };
std::string_view to_string(EntityState state) noexcept;

struct Entity {  // an organisation ("acme") or a team ("acme.core")
  std::string id, name;
  EntityState state = EntityState::active;
  WallTime created_at;
  std::int64_t version = 0;
};

struct Document {  // a policy, limit or budget, as stored
  std::string json;
  std::int64_t version = 0;
  WallTime changed_at;
};

struct World {
  using Entities = std::map<std::string, Entity, std::less<>>;
  Entities orgs, teams;
  std::map<std::string, Document, std::less<>> documents;  // "policy team/acme.core/prod"

  // Deleted ones do not exist, for everybody but the creator of a new one.
  Entity const* org(std::string_view id) const;
  Entity const* team(std::string_view id) const;  // its organisation must exist too
};

std::string entity_document(Entity const& entity);
std::optional<Entity> entity_from(std::string_view json);

}  // namespace tsg::admin
