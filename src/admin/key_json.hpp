// A key as the admin API shows it and reads it; never its secret.
#pragma once
#include <string>

#include "admin/call.hpp"
#include "admin/world.hpp"
#include "tsg/json/value.hpp"
#include "tsg/keys/directory.hpp"

namespace tsg::admin {

// `monthly_usd`: of the budget attached to the key, "" = none.
nlohmann::ordered_json key_json(keys::Key const& key, World const& world, std::string const& monthly_usd,
                                WallTime now);
// Its team, and with it its organisation, is there; else it can never work again (status "deleted").
bool has_team(keys::Key const& key, World const& world);
// From the body of POST /keys, without id and secret.
Result<keys::Key> key_from_body(nlohmann::json const& body, World const& world, Principal const& who,
                                WallTime now);
// What PATCH may change: the members that are there; null takes limits or an expiry away.
Result<> read_settings(nlohmann::json const& body, keys::Key& key, WallTime now);
// `monthly_budget_usd`, a short way to the key's budget document. nullopt: not mentioned; "": taken away.
Result<std::optional<std::string>> read_monthly_budget(nlohmann::json const& body);

}  // namespace tsg::admin
