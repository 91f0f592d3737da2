#include "admin/resources/teams.hpp"

#include "admin/entities.hpp"
#include "admin/lists.hpp"

namespace tsg::admin {

Task<Reply> create_team(State& state, Call& call) {
  if (!state.world.orgs.contains(call.params[0])) co_return no_org(call.params[0]);
  co_return co_await create_entity(state, call, "team", state.world.teams, call.params[0]);
}

Task<Reply> list_teams(State& state, Call& call) {
  auto query = parse_query(call.http.head().query, {});
  if (!query) co_return query.error();
  if (!state.world.orgs.contains(call.params[0])) co_return no_org(call.params[0]);
  std::string const prefix = call.params[0] + ".";
  auto const within = [&](std::string const& id) { return id.starts_with(prefix); };
  auto const take = [](Entity const& e) { return std::optional{entity_json(e).dump()}; };
  co_return Reply{200, page_of(state.world.teams, prefix, query->page, within, take)};
}

}  // namespace tsg::admin
