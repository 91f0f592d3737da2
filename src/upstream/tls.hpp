// TLS towards providers: who is verified, and how (TLS-5, pitfall 13).
#pragma once
#include <boost/asio/ssl/context.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tsg/core/error.hpp"
#include "upstream/session_cache.hpp"

namespace tsg::upstream {

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;

// One context per ca_file, made at first use: reading the system's trust store takes tens of milliseconds.
class TlsContexts {
 public:
  Result<TlsContext> get(std::string_view ca_file);

 private:
  std::vector<std::pair<std::string, TlsContext>> contexts_;
};

// Before the handshake: the name to verify, SNI, an old session. `sessions` outlives the connection and gets
// its tickets. False if OpenSSL refuses the name: then nothing may be sent.
bool prepare_handshake(SSL* ssl, std::string const& host, bool literal, SessionCache& sessions);

// Why the handshake failed, for the log.
std::string handshake_failure(SSL* ssl, std::string_view error);

}  // namespace tsg::upstream
