#include "admin/own_names.hpp"

#include <algorithm>

#include "config/values.hpp"
#include "tsg/core/bytes.hpp"

namespace tsg::admin {
namespace {

std::string lowered(std::string_view text) {
  std::string out{text};
  for (char& c : out)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  return out;
}

// A name as it is compared: letters small, without the dot that ends a full name; addresses in one form.
std::string plain_host(std::string_view host) {
  auto out = lowered(host);
  if (out.ends_with('.')) out.pop_back();
  boost::system::error_code ec;
  auto const address = boost::asio::ip::make_address(out, ec);
  return ec ? out : address.to_string();
}

// "*.example.com" is for one label in front (RFC 6125 §6.4.3).
bool certified(std::string_view name, std::string_view host) {
  if (!name.starts_with("*.")) return name == host;
  auto const dot = host.find('.');
  return dot != std::string_view::npos && dot > 0 && host.substr(dot) == name.substr(1);
}

bool same_place(config::Url const& a, config::Url const& b) {
  return a.tls == b.tls && a.host == b.host && a.port == b.port;
}

std::optional<config::Url> place_of(std::string_view scheme, std::string_view authority) {
  auto url = config::parse_url(std::string{scheme} + "://" + std::string{authority});
  if (!url || !url->path.empty()) return std::nullopt;
  url->host = plain_host(url->host);
  return url;
}

}  // namespace

OwnNames::OwnNames(Names names) : names_{std::move(names)} {
  for (auto& name : names_.certificate) name = plain_host(name);
  if (names_.public_url) names_.public_url->host = plain_host(names_.public_url->host);
}

std::optional<config::Url> OwnNames::host_of(http::RequestHead const& head) const {
  return place_of(names_.tls ? "https" : "http", head.field("host").value_or(""));
}

bool OwnNames::answers_to(config::Url const& host, boost::asio::ip::address const& at) const {
  bool const for_itself = names_.listen.loopback() || at.is_loopback();
  if (for_itself && config::loopback_host(host.host)) return true;
  if (!at.is_unspecified() && host.host == at.to_string()) return true;
  if (names_.public_url && host.host == names_.public_url->host) return true;
  return std::ranges::any_of(names_.certificate,
                             [&](auto const& name) { return certified(name, host.host); });
}

bool OwnNames::own_page(std::string_view origin, std::string_view host) const {
  auto const colon = origin.find("://");
  if (colon == std::string_view::npos) return false;  // "null"
  auto const page = place_of(lowered(origin.substr(0, colon)), origin.substr(colon + 3));
  auto const here = place_of(names_.tls ? "https" : "http", host);
  if (!page) return false;
  return (here && same_place(*page, *here)) || (names_.public_url && same_place(*page, *names_.public_url));
}

Result<> OwnNames::check(http::RequestHead const& head, boost::asio::ip::address const& at) const {
  auto const host = head.field("host").value_or("");
  auto const place = host_of(head);
  if (!place || !answers_to(*place, at))
    return Error{Errc::misdirected,
                 "The admin port does not answer to the name '" + std::string{host.substr(0, 253)} +
                     "': ask for its address or a name of its certificate, or set `public_url`.",
                 "host"};
  for (auto const& field : head.fields)
    if (iequals(field.name, "origin") && !own_page(field.value, host))
      return Error{Errc::forbidden,
                   "A page of another origin may not use the admin port. Where it is served by a proxy, "
                   "`public_url` says by what name.",
                   "origin"};
  return boost::system::in_place_value;
}

bool OwnNames::local(http::RequestHead const& head) const {
  auto const place = host_of(head);
  return names_.listen.loopback() && place && config::loopback_host(place->host);
}

}  // namespace tsg::admin
