#include "admin/key_json.hpp"

#include <algorithm>
#include <array>

#include "admin/input.hpp"
#include "tsg/core/crypto.hpp"
#include "tsg/core/money.hpp"

namespace tsg::admin {

using nlohmann::json;
using ordered = nlohmann::ordered_json;

ordered key_json(keys::Key const& k, WallTime now) {
  ordered out;
  out["id"] = k.id;
  out["display"] = k.display;
  out["org"] = k.org;
  out["team"] = k.team;
  out["environment"] = k.environment;
  out["name"] = k.name;
  out["allowed_models"] = k.allowed_models;
  out["monthly_budget_usd"] = k.monthly_budget_usd.empty() ? ordered(nullptr) : ordered(k.monthly_budget_usd);
  out["tags"] = ordered::parse(k.tags_json);
  out["created_at"] = to_rfc3339(k.created_at);
  out["expires_at"] = k.expires_at.ns == INT64_MAX ? ordered(nullptr) : ordered(to_rfc3339(k.expires_at));
  out["status"] = k.revoked             ? "revoked"
                  : k.disabled          ? "disabled"
                  : k.expires_at <= now ? "expired"
                                        : "active";
  out["version"] = k.version;
  return out;
}

std::string new_key_id() {
  std::string id = "key_";
  while (id.size() < 24) {
    std::array<std::uint8_t, 32> random{};
    crypto::random_bytes(random);
    for (auto const b : random) {
      if (b >= 248 || id.size() == 24) continue;  // no modulo bias (KEY-4)
      id += "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[b % 62];
    }
  }
  return id;
}

Result<keys::Key> key_from_body(json const& body, World const& world, Principal const& who, WallTime now) {
  keys::Key key;
  auto org = required_string(body, "org", 63);
  if (!org) return org.error();
  auto team = required_string(body, "team", 63);
  if (!team) return team.error();
  auto environment = required_string(body, "environment", 63);
  if (!environment) return environment.error();
  if (!who.sees(*org) || !world.orgs.contains(*org))
    return Error{Errc::not_found, "The organisation '" + *org + "' does not exist; create it first.", "org"};
  if (!world.teams.contains(*org + "." + *team))
    return Error{Errc::not_found, "The team '" + *org + "." + *team + "' does not exist; create it first.",
                 "team"};
  if (!valid_id(*environment))
    return Error{Errc::bad_request,
                 "'environment' must match [a-z0-9-]{1,63}, for example dev, staging, prod.", "environment"};
  auto name = optional_string(body, "name", 200);
  if (!name) return name.error();
  auto models = string_list(body, "allowed_models", 1000, 200);
  if (!models) return models.error();
  if (!body.contains("allowed_models"))
    return Error{Errc::bad_request, "'allowed_models' is required: nothing is allowed by default.",
                 "allowed_models"};
  auto budget = optional_string(body, "monthly_budget_usd", 40);
  if (!budget) return budget.error();
  if (!budget->empty() && !parse_usd(*budget))
    return Error{Errc::bad_request, "'monthly_budget_usd' must be a decimal string such as \"25.00\".",
                 "monthly_budget_usd"};
  auto expires = optional_string(body, "expires_at", 40);
  if (!expires) return expires.error();
  if (!expires->empty()) {
    auto const at = parse_rfc3339(*expires);
    if (!at || *at <= now)
      return Error{Errc::bad_request, "'expires_at' must be an RFC 3339 time in the future.", "expires_at"};
    key.expires_at = *at;
  }
  if (auto const it = body.find("tags"); it != body.end()) {
    bool const flat =
        it->is_object() && std::all_of(it->begin(), it->end(), [](json const& v) { return v.is_string(); });
    if (!flat || it->size() > 50)
      return Error{Errc::bad_request, "'tags' must be an object of at most 50 strings.", "tags"};
    key.tags_json = it->dump();
  }
  key.org = *org;
  key.team = *team;
  key.environment = *environment;
  key.name = *name;
  key.allowed_models = std::move(*models);
  key.monthly_budget_usd = *budget;
  key.created_at = now;
  return key;
}

}  // namespace tsg::admin
