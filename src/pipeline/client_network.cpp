// The network a client comes from: never its address (AUD-33). X-Forwarded-For is read from the right, and
// only while the hop that wrote it is trusted (standards 8.6).
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "tsg/core/bytes.hpp"
#include "tsg/pipeline/handler.hpp"

namespace tsg::pipeline {
namespace {

namespace ip = boost::asio::ip;

ip::address unmapped(ip::address const& a) {
  if (a.is_v6() && a.to_v6().is_v4_mapped()) return ip::make_address_v4(ip::v4_mapped, a.to_v6());
  return a;
}

bool contains(std::string const& cidr, ip::address const& address) {
  auto const slash = cidr.find('/');
  boost::system::error_code ec;
  auto const base = ip::make_address(cidr.substr(0, slash), ec);
  if (ec || base.is_v4() != address.is_v4()) return false;
  int const bits =
      slash == std::string::npos ? (base.is_v4() ? 32 : 128) : std::atoi(cidr.c_str() + slash + 1);
  if (base.is_v4())
    return ip::network_v4{address.to_v4(), static_cast<unsigned short>(bits)}.network() ==
           ip::network_v4{base.to_v4(), static_cast<unsigned short>(bits)}.network();
  return ip::network_v6{address.to_v6(), static_cast<unsigned short>(bits)}.network() ==
         ip::network_v6{base.to_v6(), static_cast<unsigned short>(bits)}.network();
}

bool trusted(std::vector<std::string> const& proxies, ip::address const& address) {
  for (auto const& cidr : proxies)
    if (contains(cidr, address)) return true;
  return false;
}

std::string_view trimmed(std::string_view s) {
  while (!s.empty() && (s.front() == ' ' || s.front() == '\t')) s.remove_prefix(1);
  while (!s.empty() && (s.back() == ' ' || s.back() == '\t')) s.remove_suffix(1);
  return s;
}

ip::address client_address(server::Exchange const& exchange, std::vector<std::string> const& proxies) {
  auto address = unmapped(exchange.peer());
  auto const& fields = exchange.head().fields;
  for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
    if (!iequals(field->name, "x-forwarded-for")) continue;
    auto rest = field->value;
    while (trusted(proxies, address)) {
      auto const comma = rest.rfind(',');
      auto const hop = trimmed(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
      boost::system::error_code ec;
      auto const parsed = ip::make_address(std::string{hop}, ec);
      if (ec) return address;  // unknown or obfuscated: the last hop we know
      address = unmapped(parsed);
      if (comma == std::string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return address;
}

}  // namespace

std::string client_network(server::Exchange const& exchange, std::vector<std::string> const& proxies) {
  auto const address = proxies.empty() ? unmapped(exchange.peer()) : client_address(exchange, proxies);
  if (address.is_v4()) {
    auto const b = address.to_v4().to_bytes();
    std::string out;
    for (int i = 0; i < 3; ++i) out += std::to_string(b[static_cast<std::size_t>(i)]) + '.';
    return out + "0/24";
  }
  return ip::network_v6{address.to_v6(), 48}.canonical().to_string();
}

}  // namespace tsg::pipeline
