// SHA-256 and what is built of it. A request costs about four hashes of short texts, so per-call work
// counts: the algorithm is fetched once, each thread keeps one context, and HMAC is two plain passes
// (EVP_MAC of OpenSSL 3.0 looks its digest up again on every new key).
#include <openssl/crypto.h>

#include <algorithm>

#include "core/openssl.hpp"
#include "tsg/core/crypto.hpp"

namespace tsg::crypto {
namespace {

constexpr std::size_t kBlock = 64;  // of SHA-256, bytes
using Part = std::span<std::uint8_t const>;

EVP_MD const* sha256_algorithm() {
  static EVP_MD const* const md = EVP_MD_fetch(nullptr, "SHA256", nullptr);  // lives as long as the process
  must(md != nullptr, "EVP_MD_fetch");
  return md;
}

Digest hash(Part const* parts, std::size_t count) {
  thread_local MdCtx const context{EVP_MD_CTX_new()};
  EVP_MD_CTX* const c = context.get();
  must(c != nullptr && EVP_DigestInit_ex2(c, sha256_algorithm(), nullptr) == 1, "EVP_DigestInit_ex2");
  for (std::size_t i = 0; i < count; ++i) {
    must(EVP_DigestUpdate(c, parts[i].data(), parts[i].size()) == 1, "EVP_DigestUpdate");
  }
  Digest out;
  must(EVP_DigestFinal_ex(c, out.data(), nullptr) == 1, "EVP_DigestFinal_ex");
  return out;
}

// The key as one block, XORed with the pad of RFC 2104; wiped afterwards.
class PaddedKey {
 public:
  explicit PaddedKey(Part key) {
    if (key.size() > kBlock) {
      Digest const short_key = hash(&key, 1);
      std::copy(short_key.begin(), short_key.end(), block_.begin());
    } else {
      std::copy(key.begin(), key.end(), block_.begin());
    }
    flip(0x36);
  }
  ~PaddedKey() { OPENSSL_cleanse(block_.data(), block_.size()); }
  PaddedKey(PaddedKey const&) = delete;
  PaddedKey& operator=(PaddedKey const&) = delete;

  Part block() const { return block_; }
  void turn_outer() { flip(0x36 ^ 0x5c); }

 private:
  void flip(std::uint8_t pad) {
    for (auto& b : block_) b ^= pad;
  }
  std::array<std::uint8_t, kBlock> block_{};
};

}  // namespace

Digest sha256(Part data) {
  return hash(&data, 1);
}
Digest sha256(std::initializer_list<Part> parts) {
  return hash(parts.begin(), parts.size());
}

Digest hmac_sha256(Part key, Part data) {
  PaddedKey pad{key};
  Digest const inner = sha256({pad.block(), data});
  pad.turn_outer();
  return sha256({pad.block(), inner});
}

struct HmacSha256::State {
  explicit State(Part key) : pad{key}, inner{EVP_MD_CTX_new()} {
    must(inner != nullptr && EVP_DigestInit_ex2(inner.get(), sha256_algorithm(), nullptr) == 1,
         "EVP_DigestInit_ex2");
  }
  PaddedKey pad;
  MdCtx inner;
};

HmacSha256::HmacSha256(Part key) : state_{std::make_unique<State>(key)} {
  update(state_->pad.block());
}
HmacSha256::~HmacSha256() = default;
HmacSha256::HmacSha256(HmacSha256&&) noexcept = default;
HmacSha256& HmacSha256::operator=(HmacSha256&&) noexcept = default;

void HmacSha256::update(Part data) {
  must(EVP_DigestUpdate(state_->inner.get(), data.data(), data.size()) == 1, "EVP_DigestUpdate");
}

Digest HmacSha256::finish() {
  Digest inner;
  must(EVP_DigestFinal_ex(state_->inner.get(), inner.data(), nullptr) == 1, "EVP_DigestFinal_ex");
  state_->pad.turn_outer();
  return sha256({state_->pad.block(), inner});
}

// RFC 5869 with L = 32: extract, then exactly one round of expand.
Digest hkdf_sha256(Part key, std::string_view salt, std::string_view info) {
  Digest extracted = hmac_sha256(as_bytes(salt), key);
  Bytes round;
  round.reserve(info.size() + 1);
  round.assign(info.begin(), info.end());
  round.push_back(1);
  Digest const out = hmac_sha256(extracted, round);
  OPENSSL_cleanse(extracted.data(), extracted.size());
  return out;
}

bool equal(Part a, Part b) noexcept {
  return a.size() == b.size() && (a.empty() || CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0);
}

}  // namespace tsg::crypto
