#include "upstream/session_cache.hpp"

#include <utility>

namespace tsg::upstream {

void SessionCache::put(SessionPtr session) {
  if (sessions_.size() == kMax) sessions_.erase(sessions_.begin());
  sessions_.push_back(std::move(session));
}

SessionPtr SessionCache::take() {
  while (!sessions_.empty()) {
    auto session = std::move(sessions_.back());
    sessions_.pop_back();
    if (SSL_SESSION_is_resumable(session.get()) != 1) continue;
    if (SSL_SESSION_get_protocol_version(session.get()) < TLS1_3_VERSION) {
      SSL_SESSION_up_ref(session.get());
      sessions_.emplace_back(session.get());
    }
    return session;
  }
  return nullptr;
}

}  // namespace tsg::upstream
