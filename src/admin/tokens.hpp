// Admin tokens: "tsga-" + 38 base62 characters, kept as an HMAC like keys, shown once. No client key looks
// like one, and no admin token like a client key.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "admin/roles.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/core/clock.hpp"

namespace tsg::admin {

struct Token {
  std::string id, name, org;  // org "" = all organisations
  Role role = Role::viewer;
  Digest digest{};
  std::string display;
  WallTime created_at, expires_at{INT64_MAX};
  bool revoked = false;
  std::int64_t version = 0;
};

class Tokens {
 public:
  Token const* find(std::string_view id) const;
  Token const* find(Digest const& digest) const;
  void put(Token token);
  std::map<std::string, Token, std::less<>> const& all() const noexcept { return by_id_; }

 private:
  std::map<std::string, Token, std::less<>> by_id_;
  std::map<Digest, std::string> by_digest_;  // to id; the digest is keyed: its order tells nothing
};

std::string token_document(Token const& token);
std::optional<Token> token_from(std::string_view json);  // strict

}  // namespace tsg::admin
