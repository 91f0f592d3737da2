#include "core/openssl.hpp"
#include "tsg/core/crypto.hpp"

namespace tsg::crypto {
namespace {

Pkey private_key(SecretKey const& seed) {
  auto const raw = seed.bytes();
  Pkey key{EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, raw.data(), raw.size())};
  must(key != nullptr, "EVP_PKEY_new_raw_private_key");
  return key;
}

MdCtx new_context() {
  MdCtx context{EVP_MD_CTX_new()};
  must(context != nullptr, "EVP_MD_CTX_new");
  return context;
}

}  // namespace

PublicKey ed25519_public(SecretKey const& seed) {
  PublicKey out;
  std::size_t size = out.size();
  must(EVP_PKEY_get_raw_public_key(private_key(seed).get(), out.data(), &size) == 1, "Ed25519 public key");
  return out;
}

Signature ed25519_sign(SecretKey const& seed, std::string_view message) {
  Pkey const key = private_key(seed);
  MdCtx const context = new_context();
  must(EVP_DigestSignInit(context.get(), nullptr, nullptr, nullptr, key.get()) == 1, "EVP_DigestSignInit");
  Signature out;
  std::size_t size = out.size();
  auto const text = as_bytes(message);
  must(EVP_DigestSign(context.get(), out.data(), &size, text.data(), text.size()) == 1, "EVP_DigestSign");
  return out;
}

bool ed25519_verify(PublicKey const& key, std::string_view message, Signature const& signature) {
  Pkey const public_key{EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, key.data(), key.size())};
  MdCtx const context = new_context();
  auto const text = as_bytes(message);
  bool const good =
      public_key && EVP_DigestVerifyInit(context.get(), nullptr, nullptr, nullptr, public_key.get()) == 1 &&
      EVP_DigestVerify(context.get(), signature.data(), signature.size(), text.data(), text.size()) == 1;
  if (!good) ERR_clear_error();  // Asio's TLS would take a left-over error for its own
  return good;
}

}  // namespace tsg::crypto
