// Everything a worker keeps about one origin: (host, port, tls, ca_file).
#pragma once
#include <boost/asio/ip/address.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "tsg/config/config.hpp"
#include "upstream/connection.hpp"
#include "upstream/pool.hpp"
#include "upstream/session_cache.hpp"
#include "upstream/tls.hpp"

namespace tsg::upstream {

struct Origin {
  Origin(config::Url const& url, std::string_view extra_ca);
  bool is(config::Url const& url, std::string_view extra_ca) const noexcept {
    return port == url.port && tls == url.tls && host == url.host && ca_file == extra_ca;
  }

  std::string host, ca_file;
  std::uint16_t port;
  bool tls;
  std::optional<boost::asio::ip::address> literal;  // host is an address: nothing to resolve
  std::string fixed_lines;                          // of the request head
  TlsContext context;                               // null until the first dial
  SessionCache sessions;
  IdleList<std::unique_ptr<Connection>> idle;  // after `sessions`, which its connections point to
};

}  // namespace tsg::upstream
