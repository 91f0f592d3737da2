#include "tsg/http/message.hpp"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "tsg/core/bytes.hpp"

namespace tsg::http {
namespace {

constexpr std::size_t kUsualHead = 384;  // bytes; what most of our heads stay below

struct Line {
  std::size_t begin = 0, value = 0, end = 0;  // of "name: value\r\n" in the wire text; end is past the CRLF
};

// Where the line of that name is; begin == npos if there is none.
Line find_line(std::string_view lines, std::string_view name) noexcept {
  for (std::size_t at = 0; at < lines.size();) {
    auto const end = lines.find('\n', at) + 1;
    if (lines[at + std::min(name.size(), end - at - 1)] == ':' &&
        iequals(lines.substr(at, name.size()), name))
      return {at, at + name.size() + 2, end};
    at = end;
  }
  return {std::string_view::npos, 0, 0};
}

// HTTP-11. Eight bytes a step; what may be a control or DEL is looked at again, one by one.
bool printable(std::string_view text) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101ULL, tops = ones * 0x80;
  while (text.size() >= 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data(), 8);
    if ((((word - ones * 0x20) | (word + ones)) & ~word & tops) != 0) break;
    text.remove_prefix(8);
  }
  return std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return (c < 0x20 && c != '\t') || c == 0x7f; });
}

}  // namespace

std::string_view to_string(Method method) noexcept {
  switch (method) {
    case Method::get:
      return "GET";
    case Method::head:
      return "HEAD";
    case Method::post:
      return "POST";
    case Method::put:
      return "PUT";
    case Method::patch:
      return "PATCH";
    case Method::del:
      return "DELETE";
    case Method::options:
      return "OPTIONS";
    case Method::other:
      break;
  }
  return "OTHER";
}

std::optional<std::string_view> RequestHead::field(std::string_view name) const noexcept {
  for (auto const& f : fields)
    if (f.name.size() == name.size() && iequals(f.name, name)) return f.value;
  return std::nullopt;
}

std::size_t RequestHead::count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(std::count_if(fields.begin(), fields.end(), [&](Field const& f) {
    return f.name.size() == name.size() && iequals(f.name, name);
  }));
}

void Headers::set(std::string_view name, std::string_view value) {
  if (name.empty() || !printable(name) || !printable(value)) return;  // HTTP-11
  auto const line = find_line(lines_, name);
  if (line.begin != std::string_view::npos) {
    lines_.replace(line.value, line.end - 2 - line.value, value);
    return;
  }
  if (lines_.empty()) lines_.reserve(kUsualHead);
  lines_.append(name).append(": ").append(value).append("\r\n");
}

void Headers::append_to(std::string& head) const {
  head += lines_;
}

std::string_view Headers::get(std::string_view name) const noexcept {
  auto const line = find_line(lines_, name);
  if (line.begin == std::string_view::npos) return {};
  return std::string_view{lines_}.substr(line.value, line.end - 2 - line.value);
}

std::string_view reason_phrase(int status) noexcept {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 402:
      return "Payment Required";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 424:
      return "Failed Dependency";
    case 425:
      return "Too Early";
    case 426:
      return "Upgrade Required";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 451:
      return "Unavailable For Legal Reasons";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 507:
      return "Insufficient Storage";
    case 529:
      return "Site Overloaded";
    default:
      break;
  }
  return status >= 500 ? "Server Error" : status >= 400 ? "Client Error" : "Status";
}

}  // namespace tsg::http
