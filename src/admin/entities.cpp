#include "admin/entities.hpp"

#include <nlohmann/json.hpp>

#include "admin/change.hpp"
#include "admin/lists.hpp"
#include "tsg/json/value.hpp"

namespace tsg::admin {
namespace {

Entity const* find(State const& state, std::string const& parent, std::string const& id) {
  return parent.empty() ? state.world.org(id) : state.world.team(id);
}

Error missing(std::string const& parent, std::string const& id) {
  return parent.empty() ? no_org(id) : no_team(id);
}

Reply shown(int status, Entity const& e) {
  Reply reply{status, json::to_text(entity_json(e))};
  reply.etag = etag_of(e.version);
  return reply;
}

// Document and record in one commit, then the workers' world; answers the entity with its new version.
Task<Entity> store_entity(State& state, Call& call, std::string parent, std::string verb, std::string before,
                          Entity e) {
  std::string const kind = parent.empty() ? "org" : "team";
  store::Document document;
  document.kind = kind;
  document.id = e.id;
  document.version = e.version;
  document.json = entity_document(e);
  Note note{kind + "." + verb, std::move(before), document.json};
  note.org = parent.empty() ? e.id : parent;
  if (!parent.empty()) note.team = e.id.substr(parent.size() + 1);
  auto version = co_await commit(state, call, std::move(note), std::move(document));
  if (!version) co_return version.error();
  e.version = *version;
  (parent.empty() ? state.world.orgs : state.world.teams).insert_or_assign(e.id, e);
  bool const active = e.state == EntityState::active;
  if (parent.empty())
    state.builder.put_org(e.id, active, e.created_at);
  else
    state.builder.put_team(e.id, active, e.created_at);
  state.publish();
  co_return e;
}

}  // namespace

nlohmann::ordered_json entity_json(Entity const& e) {
  nlohmann::ordered_json out;
  out["id"] = e.id;
  out["name"] = e.name;
  out["status"] = to_string(e.state);
  out["created_at"] = to_rfc3339(e.created_at);
  out["version"] = e.version;
  return out;
}

Error no_org(std::string_view id) {
  return Error{Errc::not_found, "The organisation '" + std::string{id.substr(0, 100)} + "' does not exist."};
}

Error no_team(std::string_view id) {
  return Error{Errc::not_found, "The team '" + std::string{id.substr(0, 130)} + "' does not exist."};
}

Task<Reply> create_entity(State& state, Call& call, std::string parent) {
  auto raw = co_await call.http.read_body(1 << 20);
  if (!raw) co_return raw.error();
  auto body = parse_body(std::move(*raw), {"id", "name"});
  if (!body) co_return body.error();
  auto id = required_string(*body, "id", 63);
  if (!id) co_return id.error();
  if (!valid_id(*id)) co_return Error{Errc::bad_request, "'id' must match [a-z0-9-]{1,63}.", "id"};
  auto name = optional_string(*body, "name", 200);
  if (!name) co_return name.error();
  if (!parent.empty() && !state.world.org(parent)) co_return no_org(parent);
  Entity e;
  e.id = parent.empty() ? *id : parent + "." + *id;
  e.name = name->empty() ? *id : *name;
  e.created_at = call.now;
  auto const& all = parent.empty() ? state.world.orgs : state.world.teams;
  if (auto const there = all.find(e.id); there != all.end()) {
    if (there->second.state == EntityState::deleted)
      co_return Error{Errc::conflict, "'" + e.id + "' was deleted; ids are not given out again.", "id"};
    if (there->second.name == e.name) co_return shown(200, there->second);
    co_return Error{Errc::conflict, "'" + e.id + "' exists already, with another name.", "id"};
  }
  auto made = co_await store_entity(state, call, std::move(parent), "create", "", std::move(e));
  if (!made) co_return made.error();
  co_return shown(201, *made);
}

Task<Reply> show_entity(State& state, Call&, std::string parent, std::string id) {
  auto const* e = find(state, parent, id);
  if (!e) co_return missing(parent, id);
  co_return shown(200, *e);
}

Task<Reply> patch_entity(State& state, Call& call, std::string parent, std::string id) {
  auto raw = co_await call.http.read_body(1 << 20);
  if (!raw) co_return raw.error();
  auto body = parse_body(std::move(*raw), {"name", "disabled"});
  if (!body) co_return body.error();
  auto name = optional_string(*body, "name", 200);
  if (!name) co_return name.error();
  auto disabled = optional_flag(*body, "disabled");
  if (!disabled) co_return disabled.error();
  auto const* e = find(state, parent, id);
  if (!e) co_return missing(parent, id);
  auto fresh = check_if_match(call.http.head(), e->version);
  if (!fresh) co_return fresh.error();
  Entity changed = *e;
  if (!name->empty()) changed.name = *name;
  if (*disabled) changed.state = **disabled ? EntityState::disabled : EntityState::active;
  if (changed.name == e->name && changed.state == e->state) co_return shown(200, *e);
  auto before = entity_document(*e);
  auto made =
      co_await store_entity(state, call, std::move(parent), "update", std::move(before), std::move(changed));
  if (!made) co_return made.error();
  co_return shown(200, *made);
}

Task<Reply> delete_entity(State& state, Call& call, std::string parent, std::string id) {
  auto const* e = find(state, parent, id);
  if (!e) co_return missing(parent, id);
  auto fresh = check_if_match(call.http.head(), e->version);
  if (!fresh) co_return fresh.error();
  Entity changed = *e;
  changed.state = EntityState::deleted;
  auto before = entity_document(*e);
  auto made =
      co_await store_entity(state, call, std::move(parent), "delete", std::move(before), std::move(changed));
  if (!made) co_return made.error();
  co_return shown(200, *made);
}

}  // namespace tsg::admin
