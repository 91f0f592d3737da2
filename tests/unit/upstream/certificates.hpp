// Certificates made on the spot: an authority, and leaves that it signs.
#pragma once
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <boost/asio/ssl/context.hpp>
#include <cstdio>
#include <memory>
#include <string>

namespace tsg::upstream::test {

struct Identity {  // a certificate and its key
  std::shared_ptr<X509> certificate;
  std::shared_ptr<EVP_PKEY> key;
};

inline void extend(X509* certificate, X509* issuer, int nid, char const* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  auto* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

// `alternative`: "DNS:localhost", "IP:127.0.0.1"; null makes an authority. Signed by `issuer`, or by itself.
inline Identity make_identity(char const* name, char const* alternative, Identity const* issuer = nullptr) {
  Identity made;
  made.key.reset(EVP_EC_gen("P-256"), EVP_PKEY_free);
  made.certificate.reset(X509_new(), X509_free);
  auto* x = made.certificate.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), alternative == nullptr ? 1 : 2);
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x), 86'400);
  X509_set_pubkey(x, made.key.get());
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x), "CN", MBSTRING_ASC,
                             reinterpret_cast<unsigned char const*>(name), -1, -1, 0);
  auto const* by = issuer != nullptr ? issuer : &made;
  X509_set_issuer_name(x, X509_get_subject_name(by->certificate.get()));
  extend(x, by->certificate.get(), NID_basic_constraints,
         alternative == nullptr ? "critical,CA:TRUE" : "critical,CA:FALSE");
  if (alternative != nullptr) extend(x, by->certificate.get(), NID_subject_alt_name, alternative);
  X509_sign(x, by->key.get(), EVP_sha256());
  return made;
}

inline void write_pem(Identity const& identity, std::string const& file) {
  std::unique_ptr<std::FILE, int (*)(std::FILE*)> const out{std::fopen(file.c_str(), "w"), std::fclose};
  PEM_write_X509(out.get(), identity.certificate.get());
}

inline void use(boost::asio::ssl::context& server, Identity const& identity) {
  SSL_CTX_use_certificate(server.native_handle(), identity.certificate.get());
  SSL_CTX_use_PrivateKey(server.native_handle(), identity.key.get());
}

}  // namespace tsg::upstream::test
