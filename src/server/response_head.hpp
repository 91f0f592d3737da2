// The head of a response as bytes, and the framing of a streamed body. No I/O.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "tsg/http/message.hpp"

namespace tsg::server {

enum class Framing : std::uint8_t {
  length,   // content-length
  chunked,  //
  eof,      // ends with the connection: streams to HTTP/1.0
  none,     // no body allowed: 1xx, 204, 304
};

struct ResponseHead {
  ResponseHead() = default;
  int status = 200;
  Framing framing = Framing::length;
  std::size_t length = 0;
  bool keep_alive = true;
  bool http10 = false;  // the request was HTTP/1.0: keep-alive has to be said
  std::string_view date;
};

void append_head(std::string& out, ResponseHead const& head, http::Headers const& headers);
// "1f\r\n" + bytes + "\r\n". Never called with no bytes: that would be the terminating chunk (style pitfall
// 3).
void append_chunk(std::string& out, std::string_view bytes);
void append_chunk_size(std::string& out, std::size_t size);
inline constexpr std::string_view kLastChunk = "0\r\n\r\n";
inline constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

// The version of a request, which RequestHead does not tell: seen on the raw bytes, in any split.
class VersionScan {
 public:
  void feed(std::string_view bytes) noexcept;
  bool http10() const noexcept { return done_ && last_ == '0'; }
  void reset() noexcept { *this = VersionScan{}; }

 private:
  char last_ = 0;  // last character of the request line so far, CR not counted
  bool done_ = false;
};

}  // namespace tsg::server
