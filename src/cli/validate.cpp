#include "cli/validate.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tsg/core/clock.hpp"
#include "tsg/governance/budget.hpp"
#include "tsg/governance/limit.hpp"
#include "tsg/governance/policy.hpp"
#include "tsg/governance/terms.hpp"
#include "tsg/json/value.hpp"

namespace tsg::cli {
namespace {

using Plain = nlohmann::json;

Error wrong(std::string_view message) {
  return Error{Errc::bad_request, std::string{message}};
}

template <class Parsed>
Result<> good(Parsed const& parsed) {
  return parsed ? Result<>{boost::system::in_place_value} : Result<>{wrong(parsed.error().message())};
}

bool plain_id(std::string_view id) {
  return !id.empty() && id.size() <= 63 && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

// Ids of organisations, teams and environments stand in the steps of a name; a key's own name is free.
Result<> check_ids(Kind kind, std::string_view name) {
  bool const of_key = kind == Kind::key || (kind >= Kind::policy && name.starts_with("key/"));
  if (kind >= Kind::policy) name.remove_prefix(name.find('/') + 1);
  while (!name.empty()) {
    auto const step = name.substr(0, name.find_first_of("./"));
    if (!plain_id(step)) return wrong("'" + std::string{step} + "' must match [a-z0-9-]{1,63}.");
    if (step.size() == name.size()) break;
    bool const slash = name[step.size()] == '/';
    name.remove_prefix(step.size() + 1);
    if (of_key && slash) break;
  }
  return boost::system::in_place_value;
}

bool texts(Plain const& list, std::size_t most_bytes) {
  return list.is_array() && list.size() <= 1000 && std::ranges::all_of(list, [&](Plain const& v) {
           return v.is_string() && !v.get_ref<std::string const&>().empty() &&
                  v.get_ref<std::string const&>().size() <= most_bytes;
         });
}

Result<> check_key(Plain const& key) {
  if (!texts(key.at("allowed_models"), 200))
    return wrong("'allowed_models' must be an array of non-empty strings of at most 200 bytes.");
  if (auto const& environment = key.at("environment");
      !environment.is_string() || !plain_id(environment.get_ref<std::string const&>()))
    return wrong("'environment' must match [a-z0-9-]{1,63}, for example dev, staging, prod.");
  if (auto const& expires = key.at("expires_at");
      !expires.is_null() && (!expires.is_string() || (!expires.get_ref<std::string const&>().empty() &&
                                                      !parse_rfc3339(expires.get_ref<std::string const&>()))))
    return wrong("'expires_at' must be an RFC 3339 time.");
  if (!key.at("disabled").is_boolean()) return wrong("'disabled' must be true or false.");
  auto const& tags = key.at("tags");
  if (!tags.is_object() || !std::ranges::all_of(tags, [](Plain const& v) { return v.is_string(); }))
    return wrong("'tags' must be an object of strings.");
  auto const& limits = key.at("limits");
  return limits.is_null() ? Result<>{boost::system::in_place_value}
                          : good(governance::parse_limit(json::to_text(limits)));
}

Result<> check(Kind kind, std::string const& id, Plain const& body) {
  if (auto ids = check_ids(kind, id); !ids) return ids;
  switch (kind) {
    case Kind::org:
    case Kind::team:
      if (!body.at("disabled").is_boolean()) return wrong("'disabled' must be true or false.");
      break;
    case Kind::key:
      return check_key(body);
    case Kind::policy:
      return good(governance::parse_policy(json::to_text(body)));
    case Kind::limit:
      return good(governance::parse_limit(json::to_text(body)));
    case Kind::budget:
      return good(governance::parse_budget(json::to_text(body)));
    case Kind::terms:
      return good(governance::parse_terms(json::to_text(body)));
  }
  return boost::system::in_place_value;
}

}  // namespace

Result<> validate(Items const& items) {
  for (auto const& [at, body] : items)
    if (auto checked = check(at.first, at.second, body); !checked)
      return wrong(std::string{to_string(at.first)} + " " + at.second + ": " +
                   std::string{checked.error().message()});
  return boost::system::in_place_value;
}

}  // namespace tsg::cli
