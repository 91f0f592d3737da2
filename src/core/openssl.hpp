// Ownership and error handling for OpenSSL, shared by the crypto sources.
#pragma once
#include <openssl/err.h>
#include <openssl/evp.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace tsg::crypto {

template <auto Free>
struct Freer {
  template <class T>
  void operator()(T* p) const noexcept {
    Free(p);
  }
};
using MdCtx = std::unique_ptr<EVP_MD_CTX, Freer<EVP_MD_CTX_free>>;
using CipherCtx = std::unique_ptr<EVP_CIPHER_CTX, Freer<EVP_CIPHER_CTX_free>>;
using Pkey = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;

// These calls fail only when OpenSSL is broken or memory is gone: an exception, never a wrong digest.
inline void must(bool ok, char const* what) {
  if (!ok) throw std::runtime_error{std::string{"OpenSSL: "} + what + " failed"};
}

}  // namespace tsg::crypto
