// HTTP/1.1 parsers without I/O: bytes in, in any split. Beast parses; we refuse what Beast 1.81 lets
// through (standards 8.2) by a raw scan of the head before Beast sees it, and by rules on its callbacks.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "tsg/core/error.hpp"
#include "tsg/http/message.hpp"

namespace tsg::http {

struct RequestLimits {
  std::size_t header_bytes_max = 32'768;
  std::size_t fields_max = 100;
  std::size_t uri_bytes_max = 8'192;
  std::size_t body_bytes_max = 33'554'432;
  std::size_t chunk_extension_bytes_max = 256;
};

// One request. Errors: bad_framing, uri_too_long, head_too_large, body_too_large, expectation_failed,
// with a client message that names the rule (and never echoes bytes). After an error the connection
// must be answered and closed.
class RequestParser {
 public:
  explicit RequestParser(RequestLimits const& limits);
  ~RequestParser();
  RequestParser(RequestParser const&) = delete;
  RequestParser& operator=(RequestParser const&) = delete;

  // Takes bytes up to the end of this request; returns how many. Stops after the head (consuming only
  // it) so that the caller can check before it reads the body, and goes on with the next call. A
  // Content-Length above the limit is refused by that next call, even if it brings no bytes.
  Result<std::size_t> feed(std::string_view bytes);
  bool started() const noexcept;  // any byte of a request has been seen
  bool head_complete() const noexcept;
  bool done() const noexcept;                       // head and body complete
  RequestHead const& head() const noexcept;         // after head_complete()
  void set_body_limit(std::size_t bytes) noexcept;  // per route, before the body is fed
  std::string take_body() noexcept;
  void reset();  // next request on the connection; keeps its buffers

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// One response of a provider. Interim 1xx responses are skipped (at most 8; style pitfall 17).
// Errors: provider_unavailable with a log text.
class ResponseParser {
 public:
  struct Limits {
    std::size_t header_bytes_max = 65'536;
  };
  explicit ResponseParser(Limits const& limits);
  ~ResponseParser();
  ResponseParser(ResponseParser const&) = delete;
  ResponseParser& operator=(ResponseParser const&) = delete;

  // Appends decoded body bytes to `body`; returns bytes consumed: all, or those up to the end of the
  // response. Goes on past the head: bytes that came with it are in `body` when the call returns.
  Result<std::size_t> feed(std::string_view bytes, std::string& body);
  Result<> finish_eof();  // the peer closed: fine only if the body is delimited by that
  bool started() const noexcept;
  bool head_complete() const noexcept;
  bool done() const noexcept;
  bool keep_alive() const noexcept;  // framing allows reuse once done()
  int status() const noexcept;
  std::optional<std::string_view> field(std::string_view name) const noexcept;
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tsg::http
