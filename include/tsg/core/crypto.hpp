// The primitives we use, over OpenSSL 3. Thread-safe; no state but OpenSSL's own.
#pragma once
#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "tsg/core/bytes.hpp"

namespace tsg::crypto {

Digest sha256(std::span<std::uint8_t const> data);
Digest sha256(std::initializer_list<std::span<std::uint8_t const>> parts);
Digest hmac_sha256(std::span<std::uint8_t const> key, std::span<std::uint8_t const> data);
// The same over pieces as they come. Not for two threads at a time.
class HmacSha256 {
 public:
  explicit HmacSha256(std::span<std::uint8_t const> key);
  ~HmacSha256();
  HmacSha256(HmacSha256&&) noexcept;
  HmacSha256& operator=(HmacSha256&&) noexcept;
  void update(std::span<std::uint8_t const> data);
  Digest finish();  // once, and nothing after it

 private:
  struct State;
  std::unique_ptr<State> state_;
};
Digest hkdf_sha256(std::span<std::uint8_t const> key, std::string_view salt, std::string_view info);
bool equal(std::span<std::uint8_t const> a, std::span<std::uint8_t const> b) noexcept;  // constant time
std::uint32_t crc32(std::string_view data) noexcept;                                    // IEEE, as zlib

// Aborts the process if the system has no randomness: nothing can go on safely.
void random_bytes(std::span<std::uint8_t> out);

// A 32-byte secret that is wiped when it dies and never copied by accident.
class SecretKey {
 public:
  explicit SecretKey(std::span<std::uint8_t const, 32> bytes);
  ~SecretKey();
  SecretKey(SecretKey&&) noexcept;
  SecretKey& operator=(SecretKey&&) noexcept;
  SecretKey(SecretKey const&) = delete;
  SecretKey& operator=(SecretKey const&) = delete;
  std::span<std::uint8_t const, 32> bytes() const noexcept { return bytes_; }

 private:
  std::array<std::uint8_t, 32> bytes_;
};

using PublicKey = std::array<std::uint8_t, 32>;
using Signature = std::array<std::uint8_t, 64>;
PublicKey ed25519_public(SecretKey const& seed);
Signature ed25519_sign(SecretKey const& seed, std::string_view message);
bool ed25519_verify(PublicKey const& key, std::string_view message, Signature const& signature);

// AES-256-GCM, random 96-bit nonce, 128-bit tag (ENC-1..3). Sealed = nonce || ciphertext || tag.
Bytes aead_seal(SecretKey const& key, std::string_view aad, std::span<std::uint8_t const> plain);
std::optional<Bytes> aead_open(SecretKey const& key, std::string_view aad,
                               std::span<std::uint8_t const> sealed);

}  // namespace tsg::crypto
