// The server side of TLS: one immutable context, replaced as a whole.
#pragma once
#include <boost/asio/ssl/context.hpp>
#include <memory>

#include "tsg/server/server.hpp"

namespace tsg::server {

class TlsContext {
 public:
  explicit TlsContext(std::shared_ptr<boost::asio::ssl::context> context) : context_{std::move(context)} {}
  std::shared_ptr<boost::asio::ssl::context> const& context() const noexcept { return context_; }

 private:
  std::shared_ptr<boost::asio::ssl::context> context_;
};

}  // namespace tsg::server
