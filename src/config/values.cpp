#include "config/values.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "tsg/core/bytes.hpp"

namespace tsg::config {
namespace {

template <class T>
std::optional<T> whole_number(std::string_view text, T most) {
  T value{};
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size() || value > most) return {};
  return value;
}

bool is_ipv4(std::string const& host) {
  in_addr address{};
  return inet_pton(AF_INET, host.c_str(), &address) == 1;
}
bool is_ipv6(std::string const& host) {
  in6_addr address{};
  return inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

struct HostPort {
  std::string host;
  std::optional<std::uint16_t> port;
  bool bracketed = false;
};
std::optional<HostPort> split_host_port(std::string_view text) {
  HostPort result;
  std::string_view rest;
  if (text.starts_with('[')) {
    auto const close = text.find(']');
    if (close == text.npos) return {};
    result.host = text.substr(1, close - 1);
    result.bracketed = true;
    if (!is_ipv6(result.host)) return {};
    rest = text.substr(close + 1);
  } else {
    auto const colon = std::min(text.find(':'), text.size());
    result.host = text.substr(0, colon);
    rest = text.substr(colon);
  }
  if (result.host.empty()) return {};
  if (rest.empty()) return result;
  if (!rest.starts_with(':')) return {};
  result.port = whole_number<std::uint16_t>(rest.substr(1), 65'535);
  if (!result.port) return {};
  return result;
}

constexpr std::string_view letters_and_digits =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

bool host_name(std::string_view host) {
  return host.size() <= 253 && host.find_first_not_of(letters_and_digits) != 0 &&
         std::ranges::all_of(host, [](char c) {
           return letters_and_digits.find(c) != letters_and_digits.npos || c == '.' || c == '-' || c == '_';
         });
}

}  // namespace

std::string_view to_string(TextApi api) noexcept {
  return api == TextApi::chat ? "chat" : api == TextApi::responses ? "responses" : "auto";
}

bool loopback_host(std::string_view host) noexcept {
  in_addr four{};
  std::array<char, 64> text{};
  if (iequals(host, "localhost") || host == "::1") return true;
  if (host.size() >= text.size()) return false;
  std::ranges::copy(host, text.begin());
  if (inet_pton(AF_INET, text.data(), &four) == 1) return (ntohl(four.s_addr) >> 24) == 127;
  in6_addr six{};
  return inet_pton(AF_INET6, text.data(), &six) == 1 && IN6_IS_ADDR_LOOPBACK(&six);
}

bool Endpoint::loopback() const {
  return loopback_host(host);
}

std::string Endpoint::text() const {
  auto const six = host.find(':') != host.npos;
  return (six ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

std::string Url::authority() const {
  auto text = host.find(':') != host.npos ? "[" + host + "]" : host;
  if (port != (tls ? 443 : 80)) text += ":" + std::to_string(port);
  return text;
}

std::optional<Endpoint> parse_endpoint(std::string_view text) {
  auto parts = split_host_port(text);
  if (!parts || !parts->port) return {};
  if (parts->host == "localhost") parts->host = "127.0.0.1";
  if (!parts->bracketed && !is_ipv4(parts->host)) return {};
  return Endpoint{parts->host, *parts->port};
}

std::optional<Url> parse_url(std::string_view text) {
  Url url;
  if (text.starts_with("https://")) {
    text.remove_prefix(8);
  } else if (text.starts_with("http://")) {
    url.tls = false;
    url.port = 80;
    text.remove_prefix(7);
  } else {
    return {};
  }
  auto const slash = std::min(text.find('/'), text.size());
  auto const parts = split_host_port(text.substr(0, slash));
  if (!parts || (!parts->bracketed && !host_name(parts->host)) || parts->port == 0) return {};
  url.host = parts->host;
  url.port = parts->port.value_or(url.port);
  auto path = text.substr(slash);
  auto const strange = [](unsigned char c) {
    return c <= ' ' || c >= 127 || c == '?' || c == '#' || c == '\\';
  };
  if (std::ranges::any_of(path, strange)) return {};
  while (path.ends_with('/')) path.remove_suffix(1);
  url.path = path;
  return url;
}

std::optional<std::string> parse_cidr(std::string_view text) {
  auto const slash = std::min(text.find('/'), text.size());
  std::string const address{text.substr(0, slash)};
  auto const four = is_ipv4(address);
  if (!four && !is_ipv6(address)) return {};
  unsigned const bits = four ? 32 : 128;
  if (slash == text.size()) return address + "/" + std::to_string(bits);
  if (!whole_number<unsigned>(text.substr(slash + 1), bits)) return {};
  return std::string{text};
}

std::optional<SecretRef> parse_secret_ref(std::string_view text, std::filesystem::path const& base) {
  auto const colon = text.find(':');
  if (colon == text.npos || colon + 1 == text.size()) return {};
  auto const scheme = text.substr(0, colon);
  std::string const name{text.substr(colon + 1)};
  if (scheme == "env") return SecretRef{SecretRef::Kind::env, name};
  if (scheme == "file") return SecretRef{SecretRef::Kind::file, (base / name).lexically_normal().string()};
  // A credential is a file name inside systemd's directory, never a way out of it.
  if (scheme == "credential" && plain_name(name) && !name.starts_with('.'))
    return SecretRef{SecretRef::Kind::credential, name};
  return {};
}

bool plain_name(std::string_view text) noexcept {
  return !text.empty() && text.size() <= 63 && std::ranges::all_of(text, [](char c) {
    return letters_and_digits.find(c) != letters_and_digits.npos || c == '.' || c == '_' || c == '-';
  });
}

}  // namespace tsg::config
