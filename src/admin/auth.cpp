#include "admin/auth.hpp"

#include "tsg/core/bytes.hpp"
#include "tsg/pipeline/handler.hpp"

namespace tsg::admin {

std::optional<Principal> authenticate(State const& state, http::RequestHead const& head, WallTime) {
  auto const token = pipeline::bearer(head, false);
  if (!token || token->empty()) return std::nullopt;
  auto const digest = token_digest(state.settings.pepper, *token);
  if (!crypto::equal(digest, state.settings.owner_token)) return std::nullopt;
  Principal owner;
  owner.actor = "token:owner";
  owner.role = Role::owner;
  return owner;
}

Digest token_digest(crypto::SecretKey const& pepper, std::string_view token) {
  return crypto::hmac_sha256(pepper.bytes(), as_bytes("admin-token:" + std::string{token}));
}

}  // namespace tsg::admin
