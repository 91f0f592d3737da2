#include "admin/world.hpp"

#include <array>
#include <nlohmann/json.hpp>

#include "tsg/json/value.hpp"

namespace tsg::admin {
namespace {

constexpr std::array kStates{EntityState::active, EntityState::disabled, EntityState::deleted};

Entity const* find(World::Entities const& all, std::string_view id) {
  auto const it = all.find(id);
  return it == all.end() || it->second.state == EntityState::deleted ? nullptr : &it->second;
}

}  // namespace

std::string_view to_string(EntityState state) noexcept {
  return state == EntityState::active ? "active" : state == EntityState::disabled ? "disabled" : "deleted";
}

Entity const* World::org(std::string_view id) const {
  return find(orgs, id);
}

Entity const* World::team(std::string_view id) const {
  return org(id.substr(0, id.find('.'))) ? find(teams, id) : nullptr;
}

std::string entity_document(Entity const& e) {
  nlohmann::ordered_json doc;
  doc["id"] = e.id;
  doc["name"] = e.name;
  doc["created_at"] = to_rfc3339(e.created_at);
  doc["state"] = to_string(e.state);
  return json::to_text(doc);
}

std::optional<Entity> entity_from(std::string_view text) {
  auto const doc = json::parse_value(text);
  if (!doc.is_object() || !doc.contains("id") || !doc["id"].is_string()) return std::nullopt;
  Entity e;
  e.id = doc["id"].get<std::string>();
  e.name = doc.value("name", std::string{});
  if (auto const at = parse_rfc3339(doc.value("created_at", std::string{}))) e.created_at = *at;
  auto const state = doc.value("state", std::string{"active"});
  for (auto const s : kStates)
    if (to_string(s) == state) {
      e.state = s;
      return e;
    }
  return std::nullopt;  // a state this version does not know
}

}  // namespace tsg::admin
