#include "admin/entities.hpp"

#include "admin/change.hpp"
#include "admin/lists.hpp"

namespace tsg::admin {

nlohmann::ordered_json entity_json(Entity const& e) {
  nlohmann::ordered_json out;
  out["id"] = e.id;
  out["name"] = e.name;
  out["created_at"] = to_rfc3339(e.created_at);
  out["version"] = e.version;
  return out;
}

Error no_org(std::string_view id) {
  return Error{Errc::not_found, "The organisation '" + std::string{id.substr(0, 100)} + "' does not exist."};
}

Task<Reply> create_entity(State& state, Call& call, std::string kind, Entities& into, std::string parent) {
  auto raw = co_await call.http.read_body(1 << 20);
  if (!raw) co_return raw.error();
  auto body = parse_body(std::move(*raw), {"id", "name"});
  if (!body) co_return body.error();
  auto id = required_string(*body, "id", 63);
  if (!id) co_return id.error();
  if (!valid_id(*id)) co_return Error{Errc::bad_request, "'id' must match [a-z0-9-]{1,63}.", "id"};
  auto name = optional_string(*body, "name", 200);
  if (!name) co_return name.error();
  Entity e;
  e.id = parent.empty() ? *id : parent + "." + *id;
  e.name = name->empty() ? *id : *name;
  e.created_at = call.now;
  if (into.contains(e.id)) co_return Error{Errc::conflict, "'" + e.id + "' exists already.", "id"};
  store::Document document;
  document.kind = kind;
  document.id = e.id;
  document.json = entity_document(e);
  Note note{kind + ".create", "", document.json};
  note.org = parent.empty() ? e.id : parent;
  note.team = parent.empty() ? std::string{} : *id;
  auto version = co_await commit(state, call, std::move(note), std::move(document));
  if (!version) co_return version.error();
  e.version = *version;
  Reply reply{201, entity_json(e).dump()};
  reply.etag = etag_of(e.version);
  into.emplace(e.id, std::move(e));
  co_return reply;
}

}  // namespace tsg::admin
