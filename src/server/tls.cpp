#include "server/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <ctime>

namespace tsg::server {
namespace {

// Mozilla's "intermediate" list: ECDHE with AEAD, nothing else, for TLS 1.2 (TLS-1).
constexpr char kCiphers12[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr char kGroups[] = "X25519:P-256:P-384";  // OpenSSL 3.0 has no X25519MLKEM768 (TLS-2)
constexpr std::array<unsigned char, 9> kHttp11{8, 'h', 't', 't', 'p', '/', '1', '.', '1'};

// A client that names protocols and not ours is talking to somebody else: refuse (ALPACA, TLS-3).
int select_alpn(SSL*, unsigned char const** out, unsigned char* out_size, unsigned char const* in,
                unsigned in_size, void*) {
  unsigned char* chosen = nullptr;
  if (SSL_select_next_proto(&chosen, out_size, kHttp11.data(), kHttp11.size(), in, in_size) !=
      OPENSSL_NPN_NEGOTIATED) {
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

std::string openssl_reason() {
  auto const code = ERR_peek_error();
  char const* reason = code != 0 ? ERR_reason_error_string(code) : nullptr;
  std::string text = reason != nullptr        ? reason
                     : ERR_SYSTEM_ERROR(code) ? std::strerror(ERR_GET_REASON(code))
                                              : "unusable";
  ERR_clear_error();
  return text;
}

Error refusal(std::filesystem::path const& file, std::string const& reason) {
  return Error{Errc::bad_request, file.string() + ": " + reason};
}

}  // namespace

Result<std::shared_ptr<TlsContext>> load_tls(config::Tls const& files) {
  ERR_clear_error();
  boost::system::error_code ec;
  auto context = std::make_shared<boost::asio::ssl::context>(boost::asio::ssl::context::tls_server);
  SSL_CTX* ctx = context->native_handle();
  SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
  SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET |
                               SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
  SSL_CTX_set_num_tickets(ctx, 0);  // tickets are off (TLS-4): no key to rotate, share or leak
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_early_data(ctx, 0);  // replay
  SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
  if (SSL_CTX_set_cipher_list(ctx, kCiphers12) != 1 || SSL_CTX_set1_groups_list(ctx, kGroups) != 1)
    return refusal(files.certificate, "this OpenSSL lacks the required TLS suites: " + openssl_reason());
  SSL_CTX_set_alpn_select_cb(ctx, select_alpn, nullptr);

  if (SSL_CTX_use_certificate_chain_file(ctx, files.certificate.c_str()) != 1)
    return refusal(files.certificate, "cannot use this certificate: " + openssl_reason());
  X509 const* certificate = SSL_CTX_get0_certificate(ctx);
  if (X509_cmp_current_time(X509_get0_notAfter(certificate)) <= 0)
    return refusal(files.certificate, "the certificate has expired");
  if (X509_cmp_current_time(X509_get0_notBefore(certificate)) > 0)
    return refusal(files.certificate, "the certificate is not valid yet");
  // Read as every other secret is: from a regular file that is open to nobody else.
  auto const pem = config::read_secret({config::SecretRef::Kind::file, files.key.string()});
  if (!pem) return Error{Errc::bad_request, std::string{pem.error().message()}};
  context->use_private_key(boost::asio::buffer(*pem), boost::asio::ssl::context::pem, ec);
  // OpenSSL compares key and certificate here already.
  if (ec) return refusal(files.key, "cannot use this key with the certificate: " + ec.message());
  if (SSL_CTX_check_private_key(ctx) != 1)
    return refusal(files.key, "the key does not belong to the certificate: " + openssl_reason());
  return std::make_shared<TlsContext>(std::move(context));
}

std::vector<std::string> certificate_names(TlsContext const& tls) {
  std::vector<std::string> out;
  auto const free_names = [](GENERAL_NAMES* all) { GENERAL_NAMES_free(all); };
  X509 const* certificate = SSL_CTX_get0_certificate(tls.context()->native_handle());
  std::unique_ptr<GENERAL_NAMES, decltype(free_names)> const names{
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)),
      free_names};
  for (int i = 0; names && i < sk_GENERAL_NAME_num(names.get()); ++i) {
    int kind = 0;
    auto const* value = static_cast<ASN1_STRING const*>(
        GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(names.get(), i), &kind));
    auto const* bytes = ASN1_STRING_get0_data(value);
    auto const size = static_cast<std::size_t>(ASN1_STRING_length(value));
    if (kind == GEN_DNS) {
      out.emplace_back(reinterpret_cast<char const*>(bytes), size);
    } else if (kind == GEN_IPADD && size == 4) {
      boost::asio::ip::address_v4::bytes_type four;
      std::copy_n(bytes, size, four.begin());
      out.push_back(boost::asio::ip::address_v4{four}.to_string());
    } else if (kind == GEN_IPADD && size == 16) {
      boost::asio::ip::address_v6::bytes_type six;
      std::copy_n(bytes, size, six.begin());
      out.push_back(boost::asio::ip::address_v6{six}.to_string());
    }
  }
  return out;
}

}  // namespace tsg::server
