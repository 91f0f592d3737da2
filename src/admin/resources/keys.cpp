#include "admin/resources/keys.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "admin/entities.hpp"
#include "admin/key_change.hpp"
#include "admin/key_json.hpp"
#include "admin/lists.hpp"
#include "admin/new_id.hpp"
#include "tsg/json/value.hpp"
#include "tsg/keys/key_format.hpp"

namespace tsg::admin {
namespace {

constexpr std::int64_t kOverlapDefault = 86'400, kOverlapMost = 7 * 86'400;  // seconds (KEY-12)

std::string new_secret() {
  return keys::make_key([](std::span<std::uint8_t> out) { crypto::random_bytes(out); });
}

keys::Secret digest_of(State const& state, std::string const& secret) {
  keys::Secret out;
  out.digest = keys::digest(state.settings.pepper, secret);
  return out;
}

Reply shown(State const& state, int status, keys::Key const& key, WallTime now,
            std::string const& secret = {}) {
  auto json = key_json(key, state.world, monthly_usd_of(state, key.id), now);
  if (!secret.empty()) json["key"] = secret;
  Reply reply{status, json::to_text(json)};
  reply.etag = etag_of(key.version);
  return reply;
}

// Neither comes back: revoked is for ever, and a deleted team's id is not given out again.
Result<> changeable(State const& state, keys::Key const& key) {
  if (key.revoked) return Error{Errc::conflict, "A revoked key stays as it is; create another."};
  if (!has_team(key, state.world))
    return Error{Errc::conflict,
                 "The team '" + key.org + "." + key.team +
                     "' of this key was deleted: the key can never work again; create another."};
  return boost::system::in_place_value;
}

}  // namespace

Task<Reply> create_key(State& state, Call& call) {
  auto raw = co_await call.http.read_body(1 << 20);
  if (!raw) co_return raw.error();
  auto body = parse_body(std::move(*raw), {"org", "team", "environment", "name", "allowed_models",
                                           "monthly_budget_usd", "limits", "expires_at", "tags", "disabled"});
  if (!body) co_return body.error();
  auto key = key_from_body(*body, state.world, call.who, call.now);
  if (!key) co_return key.error();
  auto monthly_usd = read_monthly_budget(*body);
  if (!monthly_usd) co_return monthly_usd.error();
  auto id = id_of_create(state, call, "key_");
  if (!id) co_return id.error();
  if (state.settings.directory.find_id(*id)) co_return made_before(*id);
  auto const secret = new_secret();
  key->id = *id;
  if (key->name.empty()) key->name = *id;  // every key has a name: files and reports go by it
  key->secrets.push_back(digest_of(state, secret));
  key->display = keys::display(secret);
  auto published =
      co_await change_key(state, call, "key.create", nullptr, std::move(*key), std::move(*monthly_usd));
  if (!published) co_return published.error();
  co_return shown(state, 201, **published, call.now, secret);
}

Task<Reply> list_keys(State& state, Call& call) {
  auto query = parse_query(call.http.head().query, {"org", "team", "environment"});
  if (!query) co_return query.error();
  for (auto const& [name, value] : query->filters)
    if (name == "org" && !call.who.sees(value)) co_return no_org(value);
  auto const fits = [&](keys::Key const& k) {
    for (auto const& [name, value] : query->filters) {
      auto const& actual = name == "org" ? k.org : name == "team" ? k.team : k.environment;
      if (actual != value) return false;
    }
    return true;
  };
  std::vector<std::string> items;
  std::string next, last;
  auto at = state.keys.begin();
  if (auto const& cursor = query->page.cursor; !cursor.empty()) {
    auto const from = state.settings.directory.find_id(cursor);
    at = std::find(at, state.keys.end(), from && call.who.sees(from->org) ? from : nullptr);
    if (at == state.keys.end())
      co_return Error{Errc::bad_request, "'cursor' is not one that this list gave.", "cursor"};
    ++at;
  }
  for (; at != state.keys.end(); ++at) {
    auto const& key = **at;
    if (!call.who.sees(key.org) || !fits(key)) continue;
    if (items.size() == query->page.limit) {
      next = last;
      break;
    }
    items.push_back(json::to_text(key_json(key, state.world, monthly_usd_of(state, key.id), call.now)));
    last = key.id;
  }
  co_return Reply{200, list_json(items, next)};
}

Task<Reply> show_key(State& state, Call& call) {
  auto const key = find_key(state, call);
  if (!key) co_return no_key(call.params[0]);
  co_return shown(state, 200, *key, call.now);
}

Task<Reply> patch_key(State& state, Call& call) {
  auto raw = co_await call.http.read_body(1 << 20);
  if (!raw) co_return raw.error();
  auto body = parse_body(std::move(*raw), {"name", "allowed_models", "monthly_budget_usd", "limits",
                                           "expires_at", "tags", "disabled"});
  if (!body) co_return body.error();
  auto const key = find_key(state, call);
  if (!key) co_return no_key(call.params[0]);
  auto fresh = check_if_match(call.http.head(), key->version);
  if (!fresh) co_return fresh.error();
  auto lives = changeable(state, *key);
  if (!lives) co_return lives.error();
  keys::Key changed = *key;
  auto settings = read_settings(*body, changed, call.now);
  if (!settings) co_return settings.error();
  if (changed.name.empty())
    co_return Error{Errc::bad_request, "'name' must not be empty: leave it out to keep the present one.",
                    "name"};
  auto disabled = optional_flag(*body, "disabled");
  if (!disabled) co_return disabled.error();
  if (*disabled) changed.disabled = **disabled;
  auto monthly_usd = read_monthly_budget(*body);
  if (!monthly_usd) co_return monthly_usd.error();
  auto published =
      co_await change_key(state, call, "key.update", key, std::move(changed), std::move(*monthly_usd));
  if (!published) co_return published.error();
  co_return shown(state, 200, **published, call.now);
}

Task<Reply> rotate_key(State& state, Call& call) {
  auto raw = co_await call.http.read_body(1 << 16);
  if (!raw) co_return raw.error();
  auto body = parse_body(std::move(*raw), {"overlap_seconds"});
  if (!body) co_return body.error();
  auto overlap = optional_integer(*body, "overlap_seconds", 0, kOverlapMost);
  if (!overlap) co_return overlap.error();
  auto const key = find_key(state, call);
  if (!key) co_return no_key(call.params[0]);
  auto fresh = check_if_match(call.http.head(), key->version);
  if (!fresh) co_return fresh.error();
  auto lives = changeable(state, *key);
  if (!lives) co_return lives.error();
  auto const secret = new_secret();
  keys::Key changed = *key;
  // The newest of the old ones stays for the overlap; one still older ends now: two at most.
  auto old = changed.secrets.back();
  old.expires_at =
      std::min(old.expires_at, WallTime{call.now.ns + overlap->value_or(kOverlapDefault) * 1'000'000'000});
  changed.secrets = {old, digest_of(state, secret)};
  changed.display = keys::display(secret);
  auto published = co_await change_key(state, call, "key.rotate", key, std::move(changed));
  if (!published) co_return published.error();
  co_return shown(state, 200, **published, call.now, secret);
}

Task<Reply> revoke_key(State& state, Call& call) {
  auto raw = co_await call.http.read_body(1 << 16);
  if (!raw) co_return raw.error();
  auto body = parse_body(std::move(*raw), {});
  if (!body) co_return body.error();
  auto const key = find_key(state, call);
  if (!key) co_return no_key(call.params[0]);
  if (key->revoked) co_return shown(state, 200, *key, call.now);  // revoking twice is no mistake
  keys::Key changed = *key;
  changed.revoked = true;
  auto published = co_await change_key(state, call, "key.revoke", key, std::move(changed));
  if (!published) co_return published.error();
  co_return shown(state, 200, **published, call.now);
}

}  // namespace tsg::admin
