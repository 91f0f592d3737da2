#include "admin/resources/teams.hpp"

#include <nlohmann/json.hpp>

#include "admin/entities.hpp"
#include "admin/lists.hpp"
#include "tsg/json/value.hpp"

namespace tsg::admin {
namespace {

std::string team_of(Call const& call) {
  return call.params[0] + "." + call.params[1];
}

}  // namespace

Task<Reply> create_team(State& state, Call& call) {
  return create_entity(state, call, call.params[0]);
}
Task<Reply> show_team(State& state, Call& call) {
  return show_entity(state, call, call.params[0], team_of(call));
}
Task<Reply> patch_team(State& state, Call& call) {
  return patch_entity(state, call, call.params[0], team_of(call));
}
Task<Reply> delete_team(State& state, Call& call) {
  return delete_entity(state, call, call.params[0], team_of(call));
}

Task<Reply> list_teams(State& state, Call& call) {
  auto query = parse_query(call.http.head().query, {});
  if (!query) co_return query.error();
  if (!state.world.org(call.params[0])) co_return no_org(call.params[0]);
  std::string const prefix = call.params[0] + ".";
  auto const within = [&](std::string const& id) { return id.starts_with(prefix); };
  auto const take = [](Entity const& e) -> std::optional<std::string> {
    if (e.state == EntityState::deleted) return std::nullopt;
    return json::to_text(entity_json(e));
  };
  co_return Reply{200, page_of(state.world.teams, prefix, query->page, within, take)};
}

}  // namespace tsg::admin
