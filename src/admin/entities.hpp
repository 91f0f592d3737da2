// What organisations and teams share: the same document, the same life.
#pragma once
#include <string>

#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"
#include "tsg/json/value.hpp"

namespace tsg::admin {

nlohmann::ordered_json entity_json(Entity const& entity);
Error no_org(std::string_view id);
Error no_team(std::string_view id);

// `parent` is the organisation of a team, "" for an organisation itself. Ids in full: "acme", "acme.core".
// Body {"id","name"}. The same once more is 200 with what there is; another name is 409.
Task<Reply> create_entity(State& state, Call& call, std::string parent);
Task<Reply> show_entity(State& state, Call& call, std::string parent, std::string id);
// Body {"name","disabled"}; takes effect on everything below with the next request.
Task<Reply> patch_entity(State& state, Call& call, std::string parent, std::string id);
Task<Reply> delete_entity(State& state, Call& call, std::string parent, std::string id);

}  // namespace tsg::admin
