// Declarative state: a file that says what organisations, teams, keys and documents there shall be, and the
// plan that gets there. Pure: no network, so it is tested as such.
#pragma once
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "tsg/core/error.hpp"

namespace tsg::cli {

using Json = nlohmann::ordered_json;

// One thing that exists or shall exist. In the order in which they are created.
enum class Kind : std::uint8_t { org, team, key, policy, limit, budget, terms };
std::string_view to_string(Kind kind) noexcept;

// `id`: "acme", "acme.core", "acme.core/web" (a key by its name; where two of a team share it, by its id, and
// its body has the name), and for documents "org/acme", "team/acme.core/prod", "key/acme.core/web".
using Items = std::map<std::pair<Kind, std::string>, nlohmann::json>;

// The file's members, checked and with defaults filled in. Errors name the path of the member. With `prune`
// what is removed must have been meant: a member with nothing behind it is an error, and so is a file without
// `organisations`.
Result<Items> items_of(Json const& state, bool prune = false);
// The inverse, without defaults: what `tsg export` writes.
Json state_of(Items const& items);

struct Step {
  enum class Verb : std::uint8_t { create, change, remove };
  Verb verb = Verb::create;
  Kind kind = Kind::org;
  std::string id;
  nlohmann::json body;  // what shall be; null for remove
  nlohmann::json before;
};
// What restricts before what it restricts: new organisations and teams, their documents, changes of either,
// then each key, a new one followed by its documents and an old one after them. Then removals: keys,
// documents, teams, organisations. Without `prune` nothing is removed. Errors: what cannot be changed in
// place.
Result<std::vector<Step>> plan(Items const& wanted, Items const& there, bool prune);
std::string describe(Step const& step);  // "+ team acme.core", "~ key acme.core/web: allowed_models"

}  // namespace tsg::cli
