#include "admin/load.hpp"

#include <algorithm>

#include "admin/credentials.hpp"
#include "admin/document_kinds.hpp"
#include "admin/key_change.hpp"
#include "admin/resources/model_routes.hpp"

namespace tsg::admin {
namespace {

Task<> load_entities(State& state, std::string kind, World::Entities& into) {
  auto documents = co_await state.store().documents(kind);
  if (!documents) co_return documents.error();
  for (auto const& d : *documents) {
    auto entity = entity_from(d.json);
    if (!entity) co_return Error{Errc::internal}.log("the document of " + kind + " " + d.id + " is damaged");
    entity->version = d.version;
    bool const active = entity->state == EntityState::active;
    if (kind == "org")
      state.builder.put_org(entity->id, active, entity->created_at);
    else
      state.builder.put_team(entity->id, active, entity->created_at);
    into.emplace(entity->id, std::move(*entity));
  }
  co_return boost::system::in_place_value;
}

// In pieces: the text of 100,000 documents at once would stay with the process, as allocators are.
Task<> load_keys(State& state) {
  constexpr std::size_t piece = 500;
  std::vector<std::shared_ptr<keys::Key const>> loaded;
  for (std::string after;;) {
    auto documents = co_await state.store().documents("key", after, piece);
    if (!documents) co_return documents.error();
    for (auto const& d : *documents) {
      auto key = keys::from_document(d.json);
      if (!key) co_return Error{Errc::internal}.log("the document of key " + d.id + " is damaged");
      key->version = d.version;
      if (key->name.empty()) key->name = key->id;  // made before every key had one
      loaded.push_back(std::make_shared<keys::Key const>(std::move(*key)));
    }
    if (documents->size() < piece) break;
    after = documents->back().id;
  }
  std::sort(loaded.begin(), loaded.end(), [](auto const& a, auto const& b) {
    return std::tie(a->created_at, a->id) < std::tie(b->created_at, b->id);
  });
  state.keys.reserve(loaded.size());
  for (auto const& key : loaded) {
    state.keys.push_back(key);
    put_key_limits(state, *key);
  }
  state.settings.directory.load(loaded);
  co_return boost::system::in_place_value;
}

Task<> load_documents(State& state, DocumentKind kind) {
  auto documents = co_await state.store().documents(std::string{to_string(kind)});
  if (!documents) co_return documents.error();
  for (auto const& d : *documents) {
    auto const at = governance::parse_scope(d.id);
    auto const valid = validate(kind, d.json);
    // Half an understanding of who may do what is worse than none.
    if (!at || !valid)
      co_return Error{Errc::internal}.log(
          "the " + std::string{to_string(kind)} + " at " + d.id +
          " is not understood: " + std::string{at ? valid.error().message() : "no such place"});
    attach(state, kind, *at, d.version, d.json);
    state.world.documents[document_key(kind, *at)] = Document{d.json, d.version, d.changed_at};
  }
  co_return boost::system::in_place_value;
}

Task<> load_tokens(State& state) {
  auto documents = co_await state.store().documents("token");
  if (!documents) co_return documents.error();
  for (auto const& d : *documents) {
    auto token = token_from(d.json);
    if (!token) co_return Error{Errc::internal}.log("the document of token " + d.id + " is damaged");
    token->version = d.version;
    state.tokens.put(std::move(*token));
  }
  co_return boost::system::in_place_value;
}

Task<> load_credentials(State& state) {
  auto documents = co_await state.store().documents("credential");
  if (!documents) co_return documents.error();
  auto all = std::make_shared<pipeline::Credentials>();
  for (auto const& d : *documents) {
    auto const slash = d.id.find('/');
    auto const provider = d.id.substr(0, slash);
    auto opened = open_credential(state.settings.vault, provider, d.id.substr(slash + 1), d.json);
    if (!opened) co_return opened.error();
    (*all)[provider].push_back(std::move(*opened));
    state.credential_versions[d.id] = d.version;
  }
  state.services().stored_credentials.store(std::move(all));
  co_return boost::system::in_place_value;
}

}  // namespace

Task<> load(State& state) {
  auto orgs = co_await load_entities(state, "org", state.world.orgs);
  if (!orgs) co_return orgs.error();
  auto teams = co_await load_entities(state, "team", state.world.teams);
  if (!teams) co_return teams.error();
  for (auto const kind :
       {DocumentKind::policy, DocumentKind::limit, DocumentKind::budget, DocumentKind::terms}) {
    auto documents = co_await load_documents(state, kind);
    if (!documents) co_return documents.error();
  }
  auto tokens = co_await load_tokens(state);
  if (!tokens) co_return tokens.error();
  auto credentials = co_await load_credentials(state);
  if (!credentials) co_return credentials.error();
  auto routes = co_await load_model_routes(state);
  if (!routes) co_return routes.error();
  auto keys = co_await load_keys(state);
  if (!keys) co_return keys.error();
  state.publish();
  co_return boost::system::in_place_value;
}

}  // namespace tsg::admin
