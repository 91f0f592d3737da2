#include "pipeline/key_auth.hpp"

#include <algorithm>
#include <array>

#include "tsg/core/bytes.hpp"
#include "tsg/keys/key_format.hpp"
#include "tsg/pipeline/client_network.hpp"

namespace tsg::pipeline {
namespace {

// Where clients put a key: OpenAI's, Anthropic's, Azure's.
constexpr std::array<std::string_view, 3> kPlaces{"authorization", "x-api-key", "api-key"};
// An SDK that insists on a key of its own beside the one that was meant is hard to see from a 401 alone. Says
// nothing about either key.
constexpr std::string_view kSeveral =
    R"(, error="invalid_request", error_description="Several keys came that differ, in Authorization, x-api-key )"
    R"(or api-key: send one")";

std::size_t places_used(http::RequestHead const& head) noexcept {
  std::size_t n = 0;
  for (auto const place : kPlaces) n += head.count(place);
  return n;
}

}  // namespace

std::optional<std::string_view> bearer(http::RequestHead const& head, bool other_places) noexcept {
  std::string_view found;
  std::array<int, kPlaces.size()> seen{};
  bool any = false;
  for (auto const& field : head.fields) {
    auto const* const place =
        std::ranges::find_if(kPlaces, [&](std::string_view name) { return iequals(field.name, name); });
    bool const standard = place == kPlaces.begin();
    if (place == kPlaces.end() || (!standard && !other_places)) continue;
    if (++seen[static_cast<std::size_t>(place - kPlaces.begin())] > 1) return std::nullopt;
    auto key = field.value;
    if (standard) {  // RFC 6750: the scheme is case-insensitive, one space (KEY-9)
      if (key.size() < 8 || !iequals(key.substr(0, 7), "bearer ")) return std::nullopt;
      key.remove_prefix(7);
    }
    if (any && key != found) return std::nullopt;  // both sent and different
    found = key;
    any = true;
  }
  return found;
}

Result<Caller> authenticate(http::RequestHead const& head, Services const& services, WallTime now) {
  auto const token = bearer(head, true);
  if (!token && places_used(head) > 1) {
    Error several{Errc::invalid_api_key};
    several.details().challenge = kSeveral;
    several.details().log = "several keys that differ";
    return several;
  }
  // The checksum is looked at first, so that noise costs no HMAC (KEY-5); the answer is the same.
  if (!token || !keys::well_formed(*token)) return Error{Errc::invalid_api_key};
  Digest const digest = keys::digest(services.pepper, *token);
  // Before the look-up: a stream that a change in between concerns will look again.
  Caller caller;
  caller.revision = services.revision.load();
  caller.key = services.directory.find(digest);
  if (!caller.key || !keys::usable(*caller.key, digest, now)) return Error{Errc::invalid_api_key};
  caller.world = services.world.load();
  auto const levels = caller.world->levels(*caller.key);
  if (!levels) return Error{Errc::invalid_api_key};  // its organisation or team is gone: the same refusal

  caller.levels = *levels;
  caller.key->last_used.touch(now);
  return caller;
}

void name_caller(audit::Record& record, Caller const& caller) {
  record.org = caller.key->org;
  record.team = caller.key->team;
  record.environment = caller.key->environment;
  record.key_id = caller.key->id;
  record.policy_version = caller.levels.policy_version();
}

bool still_allowed(Services const& services, Caller const& caller, std::uint64_t& revision) {
  auto const now = services.revision.load(std::memory_order_acquire);
  if (std::exchange(revision, now) == now) return true;
  auto const key = services.directory.find_id(caller.key->id);
  return key && !key->revoked && !key->disabled && services.world.load()->levels(*key);
}

}  // namespace tsg::pipeline
