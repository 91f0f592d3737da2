// The fields that say where a message ends: for requests and responses alike (HTTP-4, HTTP-5).
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "http/chars.hpp"
#include "tsg/core/bytes.hpp"

namespace tsg::http {

// 1*DIGIT up to 2^63-1; no sign, list or blank.
inline std::optional<std::uint64_t> content_length_value(std::string_view value) noexcept {
  if (value.empty() || value.size() > 19) return std::nullopt;
  std::uint64_t n = 0;
  for (char c : value) {
    if (c < '0' || c > '9') return std::nullopt;
    n = n * 10 + static_cast<std::uint64_t>(c - '0');
  }
  if (n > static_cast<std::uint64_t>(INT64_MAX)) return std::nullopt;
  return n;
}

struct Framing {
  std::optional<std::uint64_t> length;
  bool chunked = false;

  // Returns the rule that the field breaks, "" if none.
  std::string_view add_content_length(std::string_view value) noexcept {
    if (length) return "more than one Content-Length";
    if (chunked) return "Content-Length together with Transfer-Encoding";
    length = content_length_value(value);
    return length ? "" : "invalid Content-Length";
  }
  std::string_view add_transfer_encoding(std::string_view value, bool http11) noexcept {
    if (chunked) return "more than one Transfer-Encoding";
    if (length) return "Content-Length together with Transfer-Encoding";
    if (!http11) return "Transfer-Encoding in HTTP/1.0";
    if (!iequals(value, "chunked")) return "Transfer-Encoding other than chunked";
    chunked = true;
    return "";
  }
};

// One "name: value\r\n" line at raw[at]; moves `at` behind it. Returns the rule that it breaks, "" if none.
// `raw` ends with an empty line, so a line end always comes.
inline std::string_view read_field(std::string_view raw, std::size_t& at, bool obs_text,
                                   std::string_view& name, std::string_view& value) noexcept {
  auto const begin = at;
  if (raw[at] == ' ' || raw[at] == '\t') return "folded header line";
  while (is(raw[at], token_char)) ++at;
  if (at == begin || raw[at] != ':') return "invalid header name";
  name = raw.substr(begin, at - begin);
  auto const value_begin = ++at;
  while (is(raw[at], value_char) || (obs_text && static_cast<unsigned char>(raw[at]) >= 0x80)) ++at;
  if (raw[at] != '\r' || raw[at + 1] != '\n') return "invalid byte in a header value";
  value = trim_ows(raw.substr(value_begin, at - value_begin));
  at += 2;
  return "";
}

}  // namespace tsg::http
