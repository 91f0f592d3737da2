#include "http/head_check.hpp"

#include <algorithm>

#include "http/chars.hpp"
#include "http/framing.hpp"
#include "tsg/core/bytes.hpp"

namespace tsg::http {
namespace {

Error bad(std::string_view rule) {
  return Error{Errc::bad_framing, "Malformed HTTP request: " + std::string{rule} + "."};
}

Method method_of(std::string_view name) noexcept {
  for (auto m :
       {Method::post, Method::get, Method::head, Method::put, Method::patch, Method::del, Method::options})
    if (name == to_string(m)) return m;
  return Method::other;
}

// uri-host [":" port]; an empty host names nobody here, and userinfo does not belong to it.
bool valid_host(std::string_view host) noexcept {
  std::string_view port;
  if (!host.empty() && host.front() == '[') {
    auto const close = host.find(']');
    if (close == std::string_view::npos || close < 3) return false;
    auto const inside = host.substr(1, close - 1);
    if (inside.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return false;
    port = host.substr(close + 1);
  } else {
    auto const colon = std::min(host.find(':'), host.size());
    auto const name = host.substr(0, colon);
    if (name.empty() || !std::all_of(name.begin(), name.end(), [](char c) { return is(c, host_char); }))
      return false;
    port = host.substr(colon);
  }
  if (port.empty()) return true;
  port.remove_prefix(1);
  unsigned number = 0;
  for (char c : port) {
    if (c < '0' || c > '9') return false;
    number = number * 10 + static_cast<unsigned>(c - '0');
    if (number > 65535) return false;
  }
  return host[host.size() - port.size() - 1] == ':';
}

// A name that only its punctuation sets apart from a framing field: some server behind some proxy reads it
// as one, and no honest client sends it.
bool imitates_framing(std::string_view name) noexcept {
  if (name.size() < 13 || name.size() > 32) return false;
  char letters[32];
  std::size_t n = 0;
  for (char c : name)
    if (c >= 'A' && c <= 'z' && c != '_' && c != '^' && c != '`' && c != '|') letters[n++] = c;
  std::string_view const word{letters, n};
  return iequals(word, "transferencoding") || iequals(word, "contentlength");
}

struct Seen {
  Framing framing;
  int hosts = 0, content_types = 0;
  bool unknown_expect = false;
};

// What one field means for the message; "" or the rule it breaks. Length first: most fields are none of
// these.
std::string_view note_field(Field const& f, bool http11, Seen& seen, RequestHead& head) noexcept {
  switch (f.name.size()) {
    case 4:
      if (!iequals(f.name, "host")) return "";
      if (++seen.hosts > 1) return "more than one Host";
      return valid_host(f.value) ? "" : "invalid Host";
    case 6:
      if (!iequals(f.name, "expect") || !http11) return "";
      if (iequals(f.value, "100-continue"))
        head.expect_continue = true;
      else
        seen.unknown_expect = true;
      return "";
    case 12:  // a list of them is none: two readers could take different ones (RFC 9110 §5.3)
      return iequals(f.name, "content-type") && ++seen.content_types > 1 ? "more than one Content-Type" : "";
    case 14:
      if (iequals(f.name, "content-length")) return seen.framing.add_content_length(f.value);
      break;
    case 17:
      if (iequals(f.name, "transfer-encoding")) return seen.framing.add_transfer_encoding(f.value, http11);
      break;
    default:
      break;
  }
  return imitates_framing(f.name) ? "header name imitates a framing header" : "";
}

// "METHOD SP target SP HTTP/1.x CRLF" at the start of raw; moves `at` behind it.
std::string_view read_request_line(std::string_view raw, std::size_t& at, RequestHead& head,
                                   bool& http11) noexcept {
  while (is(raw[at], token_char)) ++at;
  if (at == 0 || raw[at] != ' ') return "invalid request line";
  head.method = method_of(raw.substr(0, at));
  auto const begin = ++at;
  while (is(raw[at], target_char)) ++at;
  if (at == begin || raw[at] != ' ') return "invalid request target";
  head.target = raw.substr(begin, at - begin);
  auto const version = raw.substr(++at, 10);
  if (version == "HTTP/1.1\r\n")
    http11 = true;
  else if (version == "HTTP/1.0\r\n")
    http11 = false;
  else
    return "invalid HTTP version";
  at += version.size();
  return "";
}

int hex_digit(char c) noexcept {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

constexpr std::string_view kBadEscape = "invalid path: an escape that is none, or of a byte that no path has";

// No empty and no dot segment, no backslash: what no two readers understand differently. "" or the rule.
std::string_view plain_segments(std::string_view path) noexcept {
  if (path.find('\\') != std::string_view::npos) return "invalid path: it has a backslash";
  for (std::size_t at = 0; at < path.size();) {  // path[at] == '/'
    auto const next = std::min(path.find('/', at + 1), path.size());
    auto const segment = path.substr(at + 1, next - at - 1);
    if (segment == "." || segment == "..") return "invalid path: it has a dot segment";
    if (segment.empty() && next != path.size())
      return "invalid path: it has a double slash; a base URL that ends in a slash does that";
    at = next;
  }
  return "";
}

}  // namespace

// HTTP-14 with one exception: SDKs encode the slash of a model's id ("openai/gpt-4o"), and below this path
// there is nothing but an id. What all later steps see is the decoded path.
std::string_view decode_path(std::string_view encoded, std::string& storage, std::string_view& path) {
  constexpr std::string_view model_ids = "/v1/models/";
  path = encoded;
  if (encoded.find('%') != std::string_view::npos) {
    storage.clear();
    for (std::size_t i = 0; i < encoded.size(); ++i) {
      if (encoded[i] != '%') {
        storage += encoded[i];
        continue;
      }
      if (i + 2 >= encoded.size()) return kBadEscape;
      auto const high = hex_digit(encoded[i + 1]), low = hex_digit(encoded[i + 2]);
      if (high < 0 || low < 0) return kBadEscape;
      auto const c = static_cast<unsigned char>(high * 16 + low);
      if (c < 0x20 || c >= 0x7f || (c == '/' && !encoded.starts_with(model_ids))) return kBadEscape;
      storage += static_cast<char>(c);
      i += 2;
    }
    path = storage;
  }
  return plain_segments(path);
}

Error too_large_error(std::string_view raw_prefix, RequestLimits const& limits) {
  auto const begin = raw_prefix.find(' ');
  auto const end = begin == std::string_view::npos ? begin : raw_prefix.find_first_of(" \r", begin + 1);
  auto const target = begin == std::string_view::npos ? 0 : std::min(end, raw_prefix.size()) - begin - 1;
  if (target > limits.uri_bytes_max) return Error{Errc::uri_too_long, "The request target is too long."};
  return Error{Errc::head_too_large, "The request headers are too large."};
}

Result<> check_head(std::string_view raw, RequestLimits const& limits, std::string& decoded_path,
                    RequestHead& head) {
  std::size_t at = 0;
  bool http11 = true;
  if (auto const rule = read_request_line(raw, at, head, http11); !rule.empty()) return bad(rule);
  if (head.target.size() > limits.uri_bytes_max) return too_large_error(raw, limits);
  if (head.target.front() != '/') return bad("only the origin form of a request target is served");
  auto const question = std::min(head.target.find('?'), head.target.size());
  head.query = head.target.substr(std::min(question + 1, head.target.size()));
  if (auto const rule = decode_path(head.target.substr(0, question), decoded_path, head.path); !rule.empty())
    return bad(rule);

  Seen seen;
  while (raw[at] != '\r') {
    Field field;
    if (auto const rule = read_field(raw, at, false, field.name, field.value); !rule.empty())
      return bad(rule);
    if (auto const rule = note_field(field, http11, seen, head); !rule.empty()) return bad(rule);
    if (head.fields.size() == limits.fields_max)
      return Error{Errc::head_too_large, "The request has too many header fields."};
    head.fields.push_back(field);
  }
  if (at + 2 != raw.size()) return bad("invalid line end");
  if (seen.hosts == 0 && http11) return bad("no Host");
  head.content_length = seen.framing.length;
  head.chunked = seen.framing.chunked;
  if (head.has_body() && (head.method == Method::get || head.method == Method::head))
    return bad("a body with GET or HEAD");
  if (seen.unknown_expect) return Error{Errc::expectation_failed, "Only Expect: 100-continue is supported."};
  return {};
}

}  // namespace tsg::http
