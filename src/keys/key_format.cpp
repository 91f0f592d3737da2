#include "tsg/keys/key_format.hpp"

#include <array>
#include <cstdint>

namespace tsg::keys {
namespace {

constexpr std::string_view kPrefix = "tsg-";
constexpr std::string_view kAlphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
constexpr std::size_t kRandomChars = 32;
constexpr std::size_t kCheckChars = 6;  // 62^6 > 2^32
constexpr std::size_t kBodyChars = kPrefix.size() + kRandomChars;
static_assert(kBodyChars + kCheckChars == kKeyChars);

bool is_base62(char c) noexcept {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
}

// The prefix is covered, so that a secret of another kind is refused by its checksum too (KEY-2).
std::array<char, kCheckChars> checksum(std::string_view body) noexcept {
  std::array<char, kCheckChars> out;
  std::uint32_t crc = crypto::crc32(body);
  for (std::size_t i = kCheckChars; i-- > 0; crc /= 62) out[i] = kAlphabet[crc % 62];
  return out;
}

}  // namespace

std::string make_key(std::function<void(std::span<std::uint8_t>)> const& random) {
  // 248 = 4 x 62: bytes above it are dropped, or the first letters would come more often (KEY-4).
  constexpr std::uint8_t kFair = 248;
  std::string key{kPrefix};
  key.reserve(kKeyChars);
  std::array<std::uint8_t, 48> pool;
  while (key.size() < kBodyChars) {
    random(pool);
    for (std::size_t i = 0; i < pool.size() && key.size() < kBodyChars; ++i) {
      if (pool[i] < kFair) key += kAlphabet[pool[i] % 62];
    }
  }
  auto const check = checksum(key);
  key.append(check.data(), check.size());
  return key;
}

bool well_formed(std::string_view key) noexcept {
  if (key.size() != kKeyChars || !key.starts_with(kPrefix)) return false;
  for (char const c : key.substr(kPrefix.size())) {
    if (!is_base62(c)) return false;
  }
  auto const check = checksum(key.substr(0, kBodyChars));
  return key.substr(kBodyChars) == std::string_view{check.data(), check.size()};
}

Digest digest(crypto::SecretKey const& pepper, std::string_view key) {
  return crypto::hmac_sha256(pepper.bytes(), as_bytes(key));
}

std::string display(std::string_view key) {
  constexpr std::size_t kFirst = 8, kLast = 4;
  std::string out;
  // A text too short to hide anything is not one of our keys: show nothing of it.
  if (key.size() != kKeyChars) return "…";
  out.append(key.substr(0, kFirst)).append("…").append(key.substr(key.size() - kLast));
  return out;
}

}  // namespace tsg::keys
