#include "upstream/tls.hpp"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "tsg/upstream/make.hpp"
#include "upstream/failure.hpp"

namespace tsg::upstream {

namespace ssl = boost::asio::ssl;

namespace {

int sessions_index() {
  static int const index = SSL_get_ex_new_index(0, nullptr, nullptr, nullptr, nullptr);
  return index;
}

int keep_session(SSL* connection, SSL_SESSION* session) {
  auto* sessions = static_cast<SessionCache*>(SSL_get_ex_data(connection, sessions_index()));
  if (sessions == nullptr) return 0;
  sessions->put(SessionPtr{session});
  return 1;  // the reference is ours now
}

Result<TlsContext> make_context(std::string const& ca_file) {
  auto context = std::make_shared<ssl::context>(ssl::context::tls_client);
  boost::system::error_code ec;
  context->set_verify_mode(ssl::verify_peer, ec);
  if (ec) return not_reached("TLS verify mode: " + ec.message());
  context->set_default_verify_paths(ec);
  if (ec) return not_reached("system trust store: " + ec.message());
  if (!ca_file.empty()) context->load_verify_file(ca_file, ec);
  if (ec) return not_reached("ca_file " + ca_file + ": " + ec.message());

  auto* handle = context->native_handle();
  static constexpr unsigned char kAlpn[] = "\x08http/1.1";
  if (SSL_CTX_set_min_proto_version(handle, TLS1_2_VERSION) != 1 ||
      SSL_CTX_set_alpn_protos(handle, kAlpn, sizeof kAlpn - 1) != 0)
    return not_reached("TLS context: OpenSSL refused a setting");
  SSL_CTX_set_options(handle, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(handle, SSL_MODE_RELEASE_BUFFERS);  // 34 KiB less per idle connection
  SSL_CTX_set_session_cache_mode(handle, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  SSL_CTX_sess_set_new_cb(handle, keep_session);
  return context;
}

}  // namespace

Result<TlsContext> TlsContexts::get(std::string_view ca_file) {
  for (auto const& [file, context] : contexts_)
    if (file == ca_file) return context;
  auto made = make_context(std::string{ca_file});
  if (made) contexts_.emplace_back(ca_file, *made);
  return made;
}

Result<> check_ca_file(std::filesystem::path const& ca_file) {
  if (ca_file.empty()) return boost::system::in_place_value;
  auto const refused = [&](std::string const& why) {
    return Error{Errc::bad_request, ca_file.string() + ": " + why};
  };
  std::ifstream file{ca_file, std::ios::binary};
  if (!file) return refused(std::strerror(errno));
  ssl::context context{ssl::context::tls_client};
  boost::system::error_code ec;
  context.load_verify_file(ca_file.string(), ec);
  if (ec) return refused("holds no certificate that can be used: " + ec.message());
  return boost::system::in_place_value;
}

bool prepare_handshake(SSL* connection, std::string const& host, bool literal, SessionCache& sessions) {
  // The name is checked by OpenSSL as part of the chain, so a failure is an alert, not an afterthought.
  // Without either line below any certificate of any site would do.
  if (literal) {
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(connection), host.c_str()) != 1) return false;
  } else {
    SSL_set_hostflags(connection, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    if (SSL_set1_host(connection, host.c_str()) != 1) return false;
    if (SSL_set_tlsext_host_name(connection, host.c_str()) != 1) return false;  // RFC 6066: names only
  }
  SSL_set_ex_data(connection, sessions_index(), &sessions);
  // A session of this cache was verified for this host with this trust store: both are the cache's key.
  if (auto const session = sessions.take()) SSL_set_session(connection, session.get());
  return true;
}

std::string handshake_failure(SSL* connection, std::string_view error) {
  std::string text{"TLS handshake: "};
  text.append(error);
  if (auto const verdict = SSL_get_verify_result(connection); verdict != X509_V_OK)
    text.append(" (").append(X509_verify_cert_error_string(verdict)).append(")");
  return text;
}

}  // namespace tsg::upstream
