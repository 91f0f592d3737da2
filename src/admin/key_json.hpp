// A key as the admin API shows it and reads it; never its secret.
#pragma once
#include <nlohmann/json.hpp>
#include <string>

#include "admin/call.hpp"
#include "admin/world.hpp"
#include "tsg/keys/directory.hpp"

namespace tsg::admin {

nlohmann::ordered_json key_json(keys::Key const& key, WallTime now);
// From the body of POST /keys, without id and secret.
Result<keys::Key> key_from_body(nlohmann::json const& body, World const& world, Principal const& who,
                                WallTime now);
std::string new_key_id();  // "key_" + 20 base62 characters: public, stable, no secret

}  // namespace tsg::admin
