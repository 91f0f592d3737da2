// What organisations and teams share: the same document, the same life.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "admin/call.hpp"
#include "admin/state.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

using Entities = std::map<std::string, Entity, std::less<>>;

nlohmann::ordered_json entity_json(Entity const& entity);
// Body {"id","name"}; `kind` is "org" or "team", `parent` the organisation of a team ("" for an
// organisation).
Task<Reply> create_entity(State& state, Call& call, std::string kind, Entities& into, std::string parent);
Error no_org(std::string_view id);  // not_found, says what to do

}  // namespace tsg::admin
