// Client networks of a policy: CIDR blocks, IPv4 as mapped IPv6 so that there is one comparison.
#pragma once
#include <array>
#include <boost/asio/ip/address.hpp>
#include <optional>
#include <string_view>

namespace tsg::governance {

struct Network {
  std::array<std::uint8_t, 16> base{};
  unsigned bits = 128;
  bool contains(boost::asio::ip::address const& address) const noexcept;
};
// "10.0.0.0/8", "2001:db8::/32", or one address. Host bits must be zero.
std::optional<Network> parse_network(std::string_view text);

}  // namespace tsg::governance
