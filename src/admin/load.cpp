#include "admin/load.hpp"

#include <algorithm>

namespace tsg::admin {
namespace {

Task<> load_entities(State& state, std::string kind, std::map<std::string, Entity, std::less<>>& into) {
  auto documents = co_await state.store().documents(kind);
  if (!documents) co_return documents.error();
  for (auto const& d : *documents) {
    auto entity = entity_from(d.json);
    if (!entity) co_return Error{Errc::internal}.log("the document of " + kind + " " + d.id + " is damaged");
    entity->version = d.version;
    into.emplace(entity->id, std::move(*entity));
  }
  co_return boost::system::in_place_value;
}

Task<> load_keys(State& state) {
  auto documents = co_await state.store().documents("key");
  if (!documents) co_return documents.error();
  std::vector<std::shared_ptr<keys::Key const>> loaded;
  for (auto const& d : *documents) {
    auto key = keys::from_document(d.json);
    if (!key) co_return Error{Errc::internal}.log("the document of key " + d.id + " is damaged");
    key->version = d.version;
    loaded.push_back(std::make_shared<keys::Key const>(std::move(*key)));
  }
  std::sort(loaded.begin(), loaded.end(), [](auto const& a, auto const& b) {
    return std::tie(a->created_at, a->id) < std::tie(b->created_at, b->id);
  });
  for (auto const& key : loaded) state.key_ids.push_back(key->id);
  state.settings.directory.load(loaded);
  co_return boost::system::in_place_value;
}

}  // namespace

Task<> load(State& state) {
  auto orgs = co_await load_entities(state, "org", state.world.orgs);
  if (!orgs) co_return orgs.error();
  auto teams = co_await load_entities(state, "team", state.world.teams);
  if (!teams) co_return teams.error();
  co_return co_await load_keys(state);
}

}  // namespace tsg::admin
