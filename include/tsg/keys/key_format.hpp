// Client keys: `tsg-` + 32 base62 characters + 6 base62 characters of CRC-32 over prefix and random part
// (contract §5, KEY-2). The checksum is for cheap rejection and secret scanners, not authentication.
#pragma once
#include <functional>
#include <span>
#include <string>
#include <string_view>

#include "tsg/core/bytes.hpp"
#include "tsg/core/crypto.hpp"

namespace tsg::keys {

inline constexpr std::size_t kKeyChars = 4 + 32 + 6;
std::string make_key(std::function<void(std::span<std::uint8_t>)> const& random);  // KEY-4: no modulo bias
bool well_formed(std::string_view key) noexcept;
Digest digest(crypto::SecretKey const& pepper, std::string_view key);  // HMAC-SHA-256, the only stored form
std::string display(std::string_view key);                             // first 8 + "…" + last 4 (KEY-6)

}  // namespace tsg::keys
