#include "admin/auth.hpp"

#include "tsg/core/bytes.hpp"
#include "tsg/pipeline/client_network.hpp"

namespace tsg::admin {

std::optional<Principal> authenticate(State const& state, http::RequestHead const& head, WallTime now) {
  auto const secret = pipeline::bearer(head, false);
  if (!secret || secret->empty()) return std::nullopt;
  auto const digest = token_digest(state.settings.pepper, *secret);
  Principal who;
  if (crypto::equal(digest, state.settings.owner_token)) {  // of the configuration
    who.actor = "token:owner";
    who.role = Role::owner;
    return who;
  }
  auto const* token = state.tokens.find(digest);
  if (!token || !crypto::equal(token->digest, digest)) return std::nullopt;  // KEY-7
  if (token->revoked || token->expires_at <= now) return std::nullopt;
  // A token of an organisation that is gone may do nothing any more.
  if (!token->org.empty() && !state.world.org(token->org)) return std::nullopt;
  who.actor = "token:" + token->id;
  who.role = token->role;
  who.org = token->org;
  return who;
}

Digest token_digest(crypto::SecretKey const& pepper, std::string_view token) {
  return crypto::hmac_sha256(pepper.bytes(), as_bytes("admin-token:" + std::string{token}));
}

}  // namespace tsg::admin
