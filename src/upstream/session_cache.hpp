// TLS sessions of one origin, for resumption (pitfall 14). OpenSSL keeps none itself: its cache is keyed for
// servers, and tickets of TLS 1.3 only come after the handshake.
#pragma once
#include <openssl/ssl.h>

#include <memory>
#include <vector>

namespace tsg::upstream {

struct SessionFree {
  void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
};
using SessionPtr = std::unique_ptr<SSL_SESSION, SessionFree>;

class SessionCache {
 public:
  void put(SessionPtr session);
  // The newest that can still be resumed. A TLS 1.3 ticket is given once (RFC 8446 C.4); older sessions stay.
  SessionPtr take();
  std::size_t size() const noexcept { return sessions_.size(); }

 private:
  static constexpr std::size_t kMax = 4;  // a server sends two per handshake
  std::vector<SessionPtr> sessions_;      // newest last
};

}  // namespace tsg::upstream
