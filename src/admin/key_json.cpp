#include "admin/key_json.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "admin/input.hpp"
#include "tsg/core/money.hpp"
#include "tsg/core/usd_rule.hpp"
#include "tsg/governance/limit.hpp"
#include "tsg/json/value.hpp"

namespace tsg::admin {
namespace {

using ordered = nlohmann::ordered_json;

constexpr WallTime kNever{INT64_MAX};

ordered time_or_null(WallTime t, WallTime none) {
  return t == none ? ordered(nullptr) : ordered(to_rfc3339(t));
}

Result<> read_models(json::Value const& body, keys::Key& key) {
  if (!body.contains("allowed_models")) return boost::system::in_place_value;
  auto models = string_list(body, "allowed_models", 1000, 200);
  if (!models) return models.error();
  key.allowed_models = std::move(*models);
  return boost::system::in_place_value;
}

Result<> read_limits(json::Value const& body, keys::Key& key) {
  auto const it = body.find("limits");
  if (it == body.end()) return boost::system::in_place_value;
  if (it->is_null() || (it->is_object() && it->empty())) {
    key.limits_json.clear();
    return boost::system::in_place_value;
  }
  auto const limit = governance::parse_limit(it->dump());
  if (!limit) {
    Error error = limit.error();
    auto const* d = error.peek();
    return Error{error.code(), std::string{error.message()},
                 d && !d->param.empty() ? "limits." + d->param : "limits"};
  }
  key.limits_json = it->dump();
  return boost::system::in_place_value;
}

Result<> read_expiry(json::Value const& body, keys::Key& key, WallTime now) {
  if (!body.contains("expires_at")) return boost::system::in_place_value;
  auto expires = optional_string(body, "expires_at", 40);
  if (!expires) return expires.error();
  auto const at = expires->empty() ? std::optional{kNever} : parse_rfc3339(*expires);
  if (!at || *at <= now)
    return Error{Errc::bad_request, "'expires_at' must be an RFC 3339 time in the future.", "expires_at"};
  key.expires_at = *at;
  return boost::system::in_place_value;
}

Result<> read_tags(json::Value const& body, keys::Key& key) {
  auto const it = body.find("tags");
  if (it == body.end()) return boost::system::in_place_value;
  auto const fits = [](json::Value const& v) {
    return v.is_string() && v.get_ref<std::string const&>().size() <= 200;
  };
  if (!it->is_object() || it->size() > 50 || !std::all_of(it->begin(), it->end(), fits))
    return Error{Errc::bad_request, "'tags' must be an object of at most 50 strings of at most 200 bytes.",
                 "tags"};
  key.tags_json = it->dump();
  return boost::system::in_place_value;
}

}  // namespace

bool has_team(keys::Key const& key, World const& world) {
  return world.team(key.org + "." + key.team) != nullptr;
}

ordered key_json(keys::Key const& k, World const& world, std::string const& monthly_usd, WallTime now) {
  ordered out;
  out["id"] = k.id;
  out["display"] = k.display;
  out["org"] = k.org;
  out["team"] = k.team;
  out["environment"] = k.environment;
  out["name"] = k.name;
  out["allowed_models"] = k.allowed_models;
  out["monthly_budget_usd"] = monthly_usd.empty() ? ordered(nullptr) : ordered(monthly_usd);
  out["limits"] = k.limits_json.empty() ? ordered(nullptr) : json::own_ordered(k.limits_json);
  out["tags"] = json::own_ordered(k.tags_json);
  out["created_at"] = to_rfc3339(k.created_at);
  out["expires_at"] = time_or_null(k.expires_at, kNever);
  out["last_used_at"] = time_or_null(k.last_used.get(), WallTime{});
  out["status"] = k.revoked             ? "revoked"
                  : !has_team(k, world) ? "deleted"
                  : k.disabled          ? "disabled"
                  : k.expires_at <= now ? "expired"
                                        : "active";
  // Two while a rotation overlaps: when the older one ends.
  for (auto const& s : k.secrets)
    if (s.expires_at != kNever && s.expires_at > now) out["old_secret_expires_at"] = to_rfc3339(s.expires_at);
  out["version"] = k.version;
  return out;
}

Result<std::optional<std::string>> read_monthly_budget(json::Value const& body) {
  if (!body.contains("monthly_budget_usd")) return std::optional<std::string>{};
  auto budget = optional_string(body, "monthly_budget_usd", 40);
  if (!budget) return budget.error();
  if (!budget->empty() && !parse_usd(*budget))
    return Error{Errc::bad_request, "'monthly_budget_usd' must be " + std::string{kUsdRule} + ".",
                 "monthly_budget_usd"};
  return std::optional{std::move(*budget)};
}

Result<> read_settings(json::Value const& body, keys::Key& key, WallTime now) {
  if (body.contains("name")) {
    auto name = optional_string(body, "name", 200);
    if (!name) return name.error();
    key.name = *name;
  }
  if (auto done = read_models(body, key); !done) return done;
  if (auto done = read_limits(body, key); !done) return done;
  if (auto done = read_expiry(body, key, now); !done) return done;
  return read_tags(body, key);
}

Result<keys::Key> key_from_body(json::Value const& body, World const& world, Principal const& who,
                                WallTime now) {
  keys::Key key;
  auto org = required_string(body, "org", 63);
  if (!org) return org.error();
  auto team = required_string(body, "team", 63);
  if (!team) return team.error();
  auto environment = required_string(body, "environment", 63);
  if (!environment) return environment.error();
  if (!who.sees(*org) || !world.org(*org))
    return Error{Errc::not_found, "The organisation '" + *org + "' does not exist; create it first.", "org"};
  if (!world.team(*org + "." + *team))
    return Error{Errc::not_found, "The team '" + *org + "." + *team + "' does not exist; create it first.",
                 "team"};
  if (!valid_id(*environment))
    return Error{Errc::bad_request,
                 "'environment' must match [a-z0-9-]{1,63}, for example dev, staging, prod.", "environment"};
  if (!body.contains("allowed_models"))
    return Error{Errc::bad_request, "'allowed_models' is required: nothing is allowed by default.",
                 "allowed_models"};
  auto settings = read_settings(body, key, now);
  if (!settings) return settings.error();
  auto disabled = optional_flag(body, "disabled");
  if (!disabled) return disabled.error();
  key.disabled = disabled->value_or(false);
  key.org = *org;
  key.team = *team;
  key.environment = *environment;
  key.created_at = now;
  return key;
}

}  // namespace tsg::admin
