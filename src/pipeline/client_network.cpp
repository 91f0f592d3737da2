// The network a client comes from: never its address (AUD-33). X-Forwarded-For or Forwarded is read from the
// right, and only while the hop that wrote it is trusted (standards 8.6).
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/network_v4.hpp>
#include <boost/asio/ip/network_v6.hpp>

#include "tsg/core/bytes.hpp"
#include "tsg/pipeline/client_network.hpp"

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

// "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]:80"; nothing for `unknown` and hidden names.
std::optional<ip::address> hop_address(std::string_view hop) {
  if (hop.starts_with('[')) {
    auto const end = hop.find(']');
    if (end == std::string_view::npos) return std::nullopt;
    hop = hop.substr(1, end - 1);
  } else if (auto const colon = hop.find(':'); colon != std::string_view::npos && hop.rfind(':') == colon) {
    hop = hop.substr(0, colon);
  }
  boost::system::error_code ec;
  auto const address = ip::make_address(std::string{hop}, ec);
  return ec ? std::nullopt : std::optional{unmapped(address)};
}

// The `for` of one element of Forwarded (RFC 7239), without its quotes; "" if it has none.
std::string_view for_of(std::string_view element) {
  while (!element.empty()) {
    auto const semicolon = std::min(element.find(';'), element.size());
    auto pair = trimmed(element.substr(0, semicolon));
    element.remove_prefix(std::min(semicolon + 1, element.size()));
    if (pair.size() < 4 || !iequals(pair.substr(0, 4), "for=")) continue;
    pair.remove_prefix(4);
    if (pair.size() >= 2 && pair.front() == '"' && pair.back() == '"') pair = pair.substr(1, pair.size() - 2);
    return pair;
  }
  return {};
}

// What each proxy said it had got the request from, the nearest proxy's word first. Addresses hold no comma,
// so a quoted one that does is no address, and ends the walk all the same.
std::vector<std::string_view> hops(http::RequestHead const& head, std::string_view name) {
  bool const listed = name == "x-forwarded-for";
  std::vector<std::string_view> out;
  for (auto field = head.fields.rbegin(); field != head.fields.rend(); ++field) {
    if (!iequals(field->name, name)) continue;
    for (auto rest = field->value;;) {
      auto const comma = rest.rfind(',');
      auto const hop = trimmed(comma == std::string_view::npos ? rest : rest.substr(comma + 1));
      out.push_back(listed ? hop : for_of(hop));
      if (comma == std::string_view::npos) break;
      rest = rest.substr(0, comma);
    }
  }
  return out;
}

// The first hop from the right that is not ours (standards 8.6): what is left of it is the client's claim.
ip::address walked(ip::address address, std::vector<std::string_view> const& list,
                   std::vector<std::string> const& proxies) {
  for (auto const hop : list) {
    if (!trusted(proxies, address)) break;
    auto const next = hop_address(hop);
    if (!next) break;  // unknown or obfuscated: the last hop we know
    address = *next;
  }
  return address;
}

}  // namespace

bool is_proxy(ip::address const& peer, std::vector<std::string> const& proxies) {
  return trusted(proxies, unmapped(peer));
}

// A proxy writes one of the two headers, or the same into both, and passes the other on as the client sent
// it. Which one it writes is not known here: where they do not agree on the client, neither is believed.
ip::address client_address(server::Exchange const& exchange, std::vector<std::string> const& proxies) {
  auto const peer = unmapped(exchange.peer());
  auto const& head = exchange.head();
  auto const listed = hops(head, "x-forwarded-for"), named = hops(head, "forwarded");
  if (listed.empty()) return walked(peer, named, proxies);
  auto const address = walked(peer, listed, proxies);
  return named.empty() || walked(peer, named, proxies) == address ? address : peer;
}

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
