#include "admin/resources/keys.hpp"

#include "admin/key_change.hpp"
#include "admin/key_json.hpp"
#include "admin/lists.hpp"
#include "tsg/keys/key_format.hpp"

namespace tsg::admin {
Task<Reply> create_key(State& state, Call& call) {
  auto raw = co_await call.http.read_body(1 << 20);
  if (!raw) co_return raw.error();
  auto body = parse_body(std::move(*raw), {"org", "team", "environment", "name", "allowed_models",
                                           "monthly_budget_usd", "expires_at", "tags"});
  if (!body) co_return body.error();
  auto key = key_from_body(*body, state.world, call.who, call.now);
  if (!key) co_return key.error();
  std::string const secret = keys::make_key([](std::span<std::uint8_t> out) { crypto::random_bytes(out); });
  keys::Secret stored;
  stored.digest = keys::digest(state.settings.pepper, secret);
  key->secrets.push_back(stored);
  key->display = keys::display(secret);
  key->id = new_key_id();

  auto published = co_await change_key(state, call, "key.create", nullptr, std::move(*key));
  if (!published) co_return published.error();
  state.key_ids.push_back((*published)->id);
  auto shown = key_json(**published, call.now);
  shown["key"] = secret;
  Reply reply{201, shown.dump()};
  reply.etag = etag_of((*published)->version);
  co_return reply;
}

Task<Reply> list_keys(State& state, Call& call) {
  auto query = parse_query(call.http.head().query, {"org", "team", "environment"});
  if (!query) co_return query.error();
  auto const fits = [&](keys::Key const& k) {
    for (auto const& [name, value] : query->filters) {
      auto const& actual = name == "org" ? k.org : name == "team" ? k.team : k.environment;
      if (actual != value) return false;
    }
    return true;
  };
  std::vector<std::string> items;
  std::string next, last;
  bool go = query->page.cursor.empty();
  for (auto const& id : state.key_ids) {
    if (!go) {
      go = id == query->page.cursor;
      continue;
    }
    auto const key = state.settings.directory.find_id(id);
    if (!key || !call.who.sees(key->org) || !fits(*key)) continue;
    if (items.size() == query->page.limit) {
      next = last;
      break;
    }
    items.push_back(key_json(*key, call.now).dump());
    last = id;
  }
  co_return Reply{200, list_json(items, next)};
}

Task<Reply> show_key(State& state, Call& call) {
  auto const key = find_key(state, call);
  if (!key) co_return no_key(call.params[0]);
  Reply reply{200, key_json(*key, call.now).dump()};
  reply.etag = etag_of(key->version);
  co_return reply;
}

Task<Reply> revoke_key(State& state, Call& call) {
  auto raw = co_await call.http.read_body(1 << 16);
  if (!raw) co_return raw.error();
  auto body = parse_body(std::move(*raw), {});
  if (!body) co_return body.error();
  auto const key = find_key(state, call);
  if (!key) co_return no_key(call.params[0]);
  if (key->revoked) co_return Reply{200, key_json(*key, call.now).dump()};  // revoking twice is no mistake
  keys::Key changed = *key;
  changed.revoked = true;
  auto published = co_await change_key(state, call, "key.revoke", key, std::move(changed));
  if (!published) co_return published.error();
  co_return Reply{200, key_json(**published, call.now).dump()};
}

}  // namespace tsg::admin
