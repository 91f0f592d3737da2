// Does the admin port answer to that name, and to that page? Pure.
#pragma once
#include <boost/asio/ip/address.hpp>

#include "tsg/admin/admin.hpp"
#include "tsg/http/message.hpp"

namespace tsg::admin {

class OwnNames {
 public:
  explicit OwnNames(Names names);

  // misdirected: `Host` is none of ours. Ours are: of a loopback listener what names this machine to itself;
  // the address the connection came in at (`at`); names of the certificate; public_url. The port in `Host` is
  // not compared: tunnels and proxies have one of their own.
  // forbidden: an `Origin` that is not ours, to the letter: scheme, name and port of the request, or of
  // public_url. Only browsers send one, about the page that asks.
  Result<> check(http::RequestHead const& head, boost::asio::ip::address const& at) const;
  // A loopback listener, asked for as such.
  bool local(http::RequestHead const& head) const;

 private:
  bool answers_to(config::Url const& host, boost::asio::ip::address const& at) const;
  bool own_page(std::string_view origin, std::string_view host) const;
  std::optional<config::Url> host_of(http::RequestHead const& head) const;

  Names names_;
};

}  // namespace tsg::admin
