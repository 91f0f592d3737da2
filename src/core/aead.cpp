// AES-256-GCM. The nonce is random (ENC-4: a restored snapshot must not repeat a counter), the tag is
// always 16 bytes (ENC-3), and nothing leaves aead_open before the tag was checked.
#include <openssl/crypto.h>

#include <algorithm>

#include "core/openssl.hpp"
#include "tsg/core/crypto.hpp"

namespace tsg::crypto {
namespace {

constexpr std::size_t kNonce = 12;
constexpr std::size_t kTag = 16;

EVP_CIPHER const* aes_256_gcm() {
  static EVP_CIPHER const* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  must(cipher != nullptr, "EVP_CIPHER_fetch");
  return cipher;
}

// A new context per call: freeing it wipes the key schedule.
CipherCtx start(SecretKey const& key, std::uint8_t const* nonce, bool seal) {
  CipherCtx context{EVP_CIPHER_CTX_new()};
  must(context != nullptr, "EVP_CIPHER_CTX_new");
  must(
      EVP_CipherInit_ex2(context.get(), aes_256_gcm(), key.bytes().data(), nonce, seal ? 1 : 0, nullptr) == 1,
      "EVP_CipherInit_ex2");
  must(EVP_CIPHER_CTX_get_iv_length(context.get()) == static_cast<int>(kNonce), "96-bit nonce");
  return context;
}

// `out` == nullptr: additional data.
void update(EVP_CIPHER_CTX* context, std::uint8_t* out, std::span<std::uint8_t const> in) {
  constexpr std::size_t kStep = 1 << 30;  // lengths are int in OpenSSL
  while (!in.empty()) {
    std::size_t const n = std::min(in.size(), kStep);
    int written = 0;
    must(EVP_CipherUpdate(context, out, &written, in.data(), static_cast<int>(n)) == 1, "EVP_CipherUpdate");
    if (out != nullptr) out += written;
    in = in.subspan(n);
  }
}

}  // namespace

Bytes aead_seal(SecretKey const& key, std::string_view aad, std::span<std::uint8_t const> plain) {
  Bytes out(kNonce + plain.size() + kTag);
  random_bytes(std::span{out}.first(kNonce));
  CipherCtx const context = start(key, out.data(), true);
  update(context.get(), nullptr, as_bytes(aad));
  update(context.get(), out.data() + kNonce, plain);
  std::uint8_t* const tag = out.data() + kNonce + plain.size();
  int written = 0;
  must(EVP_CipherFinal_ex(context.get(), tag, &written) == 1, "EVP_CipherFinal_ex");
  must(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, kTag, tag) == 1, "GCM tag");
  return out;
}

std::optional<Bytes> aead_open(SecretKey const& key, std::string_view aad,
                               std::span<std::uint8_t const> sealed) {
  if (sealed.size() < kNonce + kTag) return std::nullopt;
  auto const body = sealed.subspan(kNonce, sealed.size() - kNonce - kTag);
  std::array<std::uint8_t, kTag> tag;
  std::copy_n(sealed.end() - kTag, kTag, tag.begin());

  CipherCtx const context = start(key, sealed.data(), false);
  must(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTag, tag.data()) == 1, "GCM tag");
  Bytes plain(body.size());
  update(context.get(), nullptr, as_bytes(aad));
  update(context.get(), plain.data(), body);
  std::array<std::uint8_t, 16> rest;  // GCM writes nothing here, but wants somewhere to write it
  int written = 0;
  if (EVP_CipherFinal_ex(context.get(), rest.data(), &written) != 1) {
    OPENSSL_cleanse(plain.data(), plain.size());
    ERR_clear_error();  // Asio's TLS would take a left-over error for its own
    return std::nullopt;
  }
  return plain;
}

}  // namespace tsg::crypto
