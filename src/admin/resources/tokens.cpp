#include "admin/resources/tokens.hpp"

#include <nlohmann/json.hpp>

#include "admin/change.hpp"
#include "admin/entities.hpp"
#include "admin/lists.hpp"
#include "admin/new_id.hpp"
#include "tsg/json/value.hpp"

namespace tsg::admin {
namespace {

constexpr std::string_view kPrefix = "tsga-";

nlohmann::ordered_json token_json(Token const& t, WallTime now) {
  nlohmann::ordered_json out;
  out["id"] = t.id;
  out["name"] = t.name;
  out["role"] = to_string(t.role);
  out["org"] = t.org.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(t.org);
  out["display"] = t.display;
  out["created_at"] = to_rfc3339(t.created_at);
  out["expires_at"] = t.expires_at.ns == INT64_MAX ? nlohmann::ordered_json(nullptr)
                                                   : nlohmann::ordered_json(to_rfc3339(t.expires_at));
  out["status"] = t.revoked ? "revoked" : t.expires_at <= now ? "expired" : "active";
  out["version"] = t.version;
  return out;
}

Error no_token(std::string_view id) {
  return Error{Errc::not_found, "The token '" + std::string{id.substr(0, 100)} + "' does not exist."};
}

Task<Token> store_token(State& state, Call& call, std::string kind, std::string before, Token token) {
  store::Document document;
  document.kind = "token";
  document.id = token.id;
  document.version = token.version;
  document.json = token_document(token);
  Note note{std::move(kind), std::move(before), json::to_text(token_json(token, call.now))};
  note.org = token.org;
  auto version = co_await commit(state, call, std::move(note), std::move(document));
  if (!version) co_return version.error();
  token.version = *version;
  state.tokens.put(token);
  co_return token;
}

Token const* find_token(State const& state, Call const& call) {
  auto const* token = state.tokens.find(call.params[0]);
  return token && call.who.sees(token->org) ? token : nullptr;
}

Result<Token> token_from_body(nlohmann::json const& body, State const& state, Principal const& who,
                              WallTime now) {
  Token t;
  auto name = required_string(body, "name", 200);
  if (!name) return name.error();
  auto role = required_string(body, "role", 20);
  if (!role) return role.error();
  auto const known = role_from(*role);
  if (!known)
    return Error{Errc::bad_request, "'role' must be owner, admin, auditor, finance, viewer or metrics.",
                 "role"};
  auto org = optional_string(body, "org", 63);
  if (!org) return org.error();
  if (org->empty()) *org = who.org;  // nobody gives out more than he has
  if (!org->empty() && (!who.sees(*org) || !state.world.org(*org))) return no_org(*org);
  auto expires = optional_string(body, "expires_at", 40);
  if (!expires) return expires.error();
  if (!expires->empty()) {
    auto const at = parse_rfc3339(*expires);
    if (!at || *at <= now)
      return Error{Errc::bad_request, "'expires_at' must be an RFC 3339 time in the future.", "expires_at"};
    t.expires_at = *at;
  }
  t.name = *name;
  t.role = *known;
  t.org = *org;
  t.created_at = now;
  return t;
}

}  // namespace

Task<Reply> create_token(State& state, Call& call) {
  auto raw = co_await call.http.read_body(1 << 16);
  if (!raw) co_return raw.error();
  auto body = parse_body(std::move(*raw), {"name", "role", "org", "expires_at"});
  if (!body) co_return body.error();
  auto token = token_from_body(*body, state, call.who, call.now);
  if (!token) co_return token.error();
  auto id = id_of_create(state, call, "tok_");
  if (!id) co_return id.error();
  if (state.tokens.find(*id)) co_return made_before(*id);
  auto const secret = std::string{kPrefix} + random_base62(38);
  token->id = *id;
  token->digest = token_digest(state.settings.pepper, secret);
  token->display = secret.substr(0, 9) + "…" + secret.substr(secret.size() - 4);
  auto made = co_await store_token(state, call, "token.create", "", std::move(*token));
  if (!made) co_return made.error();
  auto shown = token_json(*made, call.now);
  shown["token"] = secret;
  Reply reply{201, json::to_text(shown)};
  reply.etag = etag_of(made->version);
  co_return reply;
}

Task<Reply> list_tokens(State& state, Call& call) {
  auto query = parse_query(call.http.head().query, {});
  if (!query) co_return query.error();
  auto const all = [](std::string const&) { return true; };
  auto const take = [&](Token const& t) -> std::optional<std::string> {
    if (!call.who.sees(t.org)) return std::nullopt;
    return json::to_text(token_json(t, call.now));
  };
  co_return Reply{200, page_of(state.tokens.all(), "", query->page, all, take)};
}

Task<Reply> show_token(State& state, Call& call) {
  auto const* token = find_token(state, call);
  if (!token) co_return no_token(call.params[0]);
  Reply reply{200, json::to_text(token_json(*token, call.now))};
  reply.etag = etag_of(token->version);
  co_return reply;
}

Task<Reply> revoke_token(State& state, Call& call) {
  auto raw = co_await call.http.read_body(1 << 16);
  if (!raw) co_return raw.error();
  auto body = parse_body(std::move(*raw), {});
  if (!body) co_return body.error();
  auto const* token = find_token(state, call);
  if (!token) co_return no_token(call.params[0]);
  if (token->revoked) co_return Reply{200, json::to_text(token_json(*token, call.now))};
  Token changed = *token;
  changed.revoked = true;
  auto before = json::to_text(token_json(*token, call.now));
  auto made = co_await store_token(state, call, "token.revoke", std::move(before), std::move(changed));
  if (!made) co_return made.error();
  co_return Reply{200, json::to_text(token_json(*made, call.now))};
}

}  // namespace tsg::admin
