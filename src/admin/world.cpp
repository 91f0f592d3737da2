#include "admin/world.hpp"

#include <nlohmann/json.hpp>

namespace tsg::admin {

bool valid_id(std::string_view id) noexcept {
  if (id.empty() || id.size() > 63) return false;
  for (char const c : id)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-')) return false;
  return true;
}

std::string entity_document(Entity const& e) {
  nlohmann::ordered_json doc;
  doc["id"] = e.id;
  doc["name"] = e.name;
  doc["created_at"] = to_rfc3339(e.created_at);
  return doc.dump();
}

std::optional<Entity> entity_from(std::string_view text) {
  auto const doc = nlohmann::json::parse(text, nullptr, false);
  if (!doc.is_object() || !doc.contains("id") || !doc["id"].is_string()) return std::nullopt;
  Entity e;
  e.id = doc["id"].get<std::string>();
  e.name = doc.value("name", std::string{});
  if (auto const at = parse_rfc3339(doc.value("created_at", std::string{}))) e.created_at = *at;
  return e;
}

}  // namespace tsg::admin
