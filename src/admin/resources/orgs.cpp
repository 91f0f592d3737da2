#include "admin/resources/orgs.hpp"

#include <nlohmann/json.hpp>

#include "admin/entities.hpp"
#include "admin/lists.hpp"
#include "tsg/json/value.hpp"

namespace tsg::admin {

Task<Reply> create_org(State& state, Call& call) {
  return create_entity(state, call, "");
}
Task<Reply> show_org(State& state, Call& call) {
  return show_entity(state, call, "", call.params[0]);
}
Task<Reply> patch_org(State& state, Call& call) {
  return patch_entity(state, call, "", call.params[0]);
}
Task<Reply> delete_org(State& state, Call& call) {
  return delete_entity(state, call, "", call.params[0]);
}

Task<Reply> list_orgs(State& state, Call& call) {
  auto query = parse_query(call.http.head().query, {});
  if (!query) co_return query.error();
  auto const take = [&](Entity const& e) -> std::optional<std::string> {
    if (!call.who.sees(e.id) || e.state == EntityState::deleted) return std::nullopt;
    return json::to_text(entity_json(e));
  };
  auto const all = [](std::string const&) { return true; };
  co_return Reply{200, page_of(state.world.orgs, "", query->page, all, take)};
}

}  // namespace tsg::admin
