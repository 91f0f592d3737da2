#include "server/response_head.hpp"

#include <array>
#include <charconv>

#include "tsg/core/bytes.hpp"

namespace tsg::server {

void append_head(std::string& out, ResponseHead const& head, http::Headers const& headers) {
  out += "HTTP/1.1 ";
  append_int(out, head.status);
  out += ' ';
  out += http::reason_phrase(head.status);
  out += "\r\ndate: ";
  out += head.date;
  out += "\r\n";
  if (head.framing == Framing::length) {
    out += "content-length: ";
    append_uint(out, head.length);
    out += "\r\n";
  } else if (head.framing == Framing::chunked) {
    out += "transfer-encoding: chunked\r\n";
  }
  if (!head.keep_alive)
    out += "connection: close\r\n";
  else if (head.http10)
    out += "connection: keep-alive\r\n";
  headers.append_to(out);
  out += "\r\n";
}

void append_chunk_size(std::string& out, std::size_t size) {
  std::array<char, 16> digits{};
  auto const end = std::to_chars(digits.data(), digits.data() + digits.size(), size, 16).ptr;
  out.append(digits.data(), end);
  out += "\r\n";
}

void append_chunk(std::string& out, std::string_view bytes) {
  append_chunk_size(out, bytes.size());
  out += bytes;
  out += "\r\n";
}

void VersionScan::feed(std::string_view bytes) noexcept {
  if (done_ || bytes.empty()) return;
  auto const end = bytes.find('\n');
  done_ = end != bytes.npos;
  auto line = bytes.substr(0, end);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  if (!line.empty()) last_ = line.back();
}

}  // namespace tsg::server
