#include <openssl/crypto.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "tsg/core/crypto.hpp"

namespace tsg::crypto {

void random_bytes(std::span<std::uint8_t> out) {
  constexpr std::size_t kStep = 1 << 20;  // RAND_bytes takes an int
  while (!out.empty()) {
    std::size_t const n = std::min(out.size(), kStep);
    if (RAND_bytes(out.data(), static_cast<int>(n)) != 1) {
      std::fputs("tsg: the system has no randomness; stopping\n", stderr);
      std::abort();
    }
    out = out.subspan(n);
  }
}

SecretKey::SecretKey(std::span<std::uint8_t const, 32> bytes) {
  std::copy(bytes.begin(), bytes.end(), bytes_.begin());
}

SecretKey::~SecretKey() {
  OPENSSL_cleanse(bytes_.data(), bytes_.size());
}

SecretKey::SecretKey(SecretKey&& other) noexcept : bytes_{other.bytes_} {
  OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size());
}

SecretKey& SecretKey::operator=(SecretKey&& other) noexcept {
  if (this != &other) {
    bytes_ = other.bytes_;
    OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size());
  }
  return *this;
}

}  // namespace tsg::crypto
