#include "admin/tokens.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tsg/json/value.hpp"

namespace tsg::admin {

Token const* Tokens::find(std::string_view id) const {
  auto const it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : &it->second;
}

Token const* Tokens::find(Digest const& digest) const {
  auto const it = by_digest_.find(digest);
  return it == by_digest_.end() ? nullptr : find(it->second);
}

void Tokens::put(Token token) {
  by_digest_[token.digest] = token.id;
  auto id = token.id;
  by_id_.insert_or_assign(std::move(id), std::move(token));
}

std::string token_document(Token const& t) {
  nlohmann::ordered_json doc;
  doc["id"] = t.id;
  doc["name"] = t.name;
  doc["role"] = to_string(t.role);
  doc["org"] = t.org;
  doc["digest"] = to_hex(t.digest);
  doc["display"] = t.display;
  doc["created_ns"] = t.created_at.ns;
  doc["expires_ns"] = t.expires_at.ns;
  doc["revoked"] = t.revoked;
  return json::to_text(doc);
}

std::optional<Token> token_from(std::string_view text) {
  auto const doc = json::parse_value(text);
  if (!doc.is_object() || doc.size() != 9) return std::nullopt;
  Token t;
  try {
    t.id = doc.at("id").get<std::string>();
    t.name = doc.at("name").get<std::string>();
    t.org = doc.at("org").get<std::string>();
    t.display = doc.at("display").get<std::string>();
    t.created_at.ns = doc.at("created_ns").get<std::int64_t>();
    t.expires_at.ns = doc.at("expires_ns").get<std::int64_t>();
    t.revoked = doc.at("revoked").get<bool>();
    auto const role = role_from(doc.at("role").get<std::string>());
    auto const digest = from_hex(doc.at("digest").get<std::string>());
    if (!role || !digest || digest->size() != t.digest.size()) return std::nullopt;
    t.role = *role;
    std::copy(digest->begin(), digest->end(), t.digest.begin());
  } catch (nlohmann::json::exception const&) {
    return std::nullopt;
  }
  return t;
}

}  // namespace tsg::admin
