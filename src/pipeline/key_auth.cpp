#include "pipeline/key_auth.hpp"

#include "tsg/core/bytes.hpp"
#include "tsg/keys/key_format.hpp"
#include "tsg/pipeline/handler.hpp"

namespace tsg::pipeline {

std::optional<std::string_view> bearer(http::RequestHead const& head, bool accept_x_api_key) noexcept {
  std::string_view found;
  bool any = false;
  for (auto const& field : head.fields) {
    std::string_view key;
    if (iequals(field.name, "authorization")) {
      if (any && !accept_x_api_key) return std::nullopt;
      // RFC 6750: the scheme is case-insensitive, one space (KEY-9).
      if (field.value.size() < 8 || !iequals(field.value.substr(0, 7), "bearer ")) return std::nullopt;
      key = field.value.substr(7);
    } else if (accept_x_api_key && iequals(field.name, "x-api-key")) {
      key = field.value;
    } else {
      continue;
    }
    if (any && key != found) return std::nullopt;  // both sent and different
    found = key;
    any = true;
  }
  if (head.count("authorization") > 1 || head.count("x-api-key") > 1) return std::nullopt;
  return found;
}

Result<> authenticate(RequestContext& ctx) {
  auto const token = bearer(ctx.http.head(), true);
  // The checksum is looked at first, so that noise costs no HMAC (KEY-5); the answer is the same.
  if (!token || !keys::well_formed(*token)) return Error{Errc::invalid_api_key};
  Digest const digest = keys::digest(ctx.services.pepper, *token);
  // Before the look-up: a stream that a change in between concerns will look again.
  ctx.revision = ctx.services.revision.load();
  auto key = ctx.services.directory.find(digest);
  if (!key || !keys::usable(*key, digest, ctx.time)) return Error{Errc::invalid_api_key};
  ctx.world = ctx.services.world.load();
  auto const levels = ctx.world->levels(*key);
  if (!levels) return Error{Errc::invalid_api_key};  // its organisation or team is gone: the same refusal

  key->last_used.touch(ctx.time);
  ctx.record.org = key->org;
  ctx.record.team = key->team;
  ctx.record.environment = key->environment;
  ctx.record.key_id = key->id;
  ctx.record.policy_version = levels->policy_version();
  ctx.levels = *levels;
  ctx.key = std::move(key);
  return boost::system::in_place_value;
}

bool still_allowed(RequestContext& ctx) {
  auto const revision = ctx.services.revision.load(std::memory_order_acquire);
  if (revision == ctx.revision) return true;
  ctx.revision = revision;
  auto const key = ctx.services.directory.find_id(ctx.key->id);
  return key && !key->revoked && !key->disabled && ctx.services.world.load()->levels(*key);
}

}  // namespace tsg::pipeline
