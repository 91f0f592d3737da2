#include "admin/key_change.hpp"

#include "admin/change.hpp"
#include "admin/key_json.hpp"

namespace tsg::admin {

std::shared_ptr<keys::Key const> find_key(State const& state, Call const& call) {
  auto key = state.settings.directory.find_id(call.params[0]);
  return key && call.who.sees(key->org) ? key : nullptr;
}

Error no_key(std::string_view id) {
  return Error{Errc::not_found, "The key '" + std::string{id.substr(0, 100)} + "' does not exist."};
}

void put_key_limits(State& state, keys::Key const& key) {
  if (key.limits_json.empty()) return state.builder.put_key_limit(key.id, key.version, nullptr);
  auto const limit = governance::parse_limit(key.limits_json);
  if (limit) state.builder.put_key_limit(key.id, key.version, &*limit);
}

Task<std::shared_ptr<keys::Key const>> change_key(State& state, Call& call, std::string kind,
                                                  std::shared_ptr<keys::Key const> before, keys::Key after) {
  store::Document document;
  document.kind = "key";
  document.id = after.id;
  document.version = before ? before->version : 0;
  document.json = keys::to_document(after);
  Note note{std::move(kind), before ? key_json(*before, call.now).dump() : std::string{},
            key_json(after, call.now).dump()};
  note.org = after.org;
  note.team = after.team;
  note.key_id = after.id;
  auto version = co_await commit(state, call, std::move(note), std::move(document));
  if (!version) co_return version.error();
  after.version = *version;
  auto published = std::make_shared<keys::Key const>(std::move(after));
  state.settings.directory.put(published);
  put_key_limits(state, *published);
  state.publish();
  co_return published;
}

}  // namespace tsg::admin
