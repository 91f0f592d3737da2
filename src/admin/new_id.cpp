#include "admin/new_id.hpp"

#include <array>

#include "tsg/core/crypto.hpp"

namespace tsg::admin {
namespace {

constexpr std::string_view kBase62 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::uint8_t kFair = 248;  // 4 x 62: bytes above it would favour the first letters (KEY-4)

}  // namespace

std::string random_base62(std::size_t count) {
  std::string out;
  std::array<std::uint8_t, 48> pool{};
  while (out.size() < count) {
    crypto::random_bytes(pool);
    for (auto const b : pool)
      if (b < kFair && out.size() < count) out += kBase62[b % 62];
  }
  return out;
}

Result<std::string> id_of_create(State const& state, Call const& call, std::string_view prefix) {
  auto const header = call.http.head().field("idempotency-key");
  if (!header) return std::string{prefix} + random_base62(20);
  if (header->empty() || header->size() > 255)
    return Error{Errc::bad_request, "Idempotency-Key must have 1 to 255 characters."};
  std::string out{prefix};
  for (int round = 0; out.size() < prefix.size() + 20; ++round) {
    auto const text = "create:" + call.who.actor + ":" + std::to_string(round) + ":" + std::string{*header};
    for (auto const b : crypto::hmac_sha256(state.settings.pepper.bytes(), as_bytes(text)))
      if (b < kFair && out.size() < prefix.size() + 20) out += kBase62[b % 62];
  }
  return out;
}

Error made_before(std::string const& id) {
  return Error{Errc::conflict,
               "This Idempotency-Key has made '" + id +
                   "' already; its secret was shown then. Rotate it if that answer was lost."};
}

}  // namespace tsg::admin
