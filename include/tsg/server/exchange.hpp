// One client request being served: what handlers (the pipeline, the admin API) see of a connection.
// Lives on the connection's worker; valid until the handler returns.
#pragma once
#include <boost/asio/ip/address.hpp>
#include <functional>
#include <string>
#include <string_view>

#include "tsg/core/clock.hpp"
#include "tsg/core/task.hpp"
#include "tsg/http/message.hpp"

namespace tsg::server {

class Exchange {
 public:
  virtual ~Exchange() = default;

  virtual http::RequestHead const& head() const noexcept = 0;
  virtual boost::asio::ip::address peer() const noexcept = 0;   // of the TCP connection
  virtual boost::asio::ip::address local() const noexcept = 0;  // where it came in; asks the kernel
  virtual Executor executor() const noexcept = 0;               // this connection's worker
  virtual SteadyTime started_at() const noexcept = 0;           // first byte of the head
  // Reads the whole body, sending 100 Continue first if the client waits for it. `room` is asked before more
  // of it is taken into memory: with so many bytes in all, may it go on? Errors: body_too_large,
  // request_timeout, bad_framing, client_gone, overloaded (no room).
  using Room = std::function<bool(std::size_t bytes)>;
  virtual Task<std::string> read_body(std::size_t limit, Room room) = 0;
  Task<std::string> read_body(std::size_t limit) {
    return read_body(limit, [](std::size_t) { return true; });
  }

  // A whole answer: head and body leave in one write. Exactly one of respond() and begin() is called.
  virtual Task<> respond(int status, http::Headers const& headers, std::string_view body) = 0;
  // A streamed answer, chunked (or delimited by the end of the connection for HTTP/1.0).
  virtual Task<> begin(int status, http::Headers const& headers) = 0;
  virtual Task<> write(std::string_view bytes) = 0;  // one chunk, one flush; "" is a no-op
  virtual Task<> finish() = 0;                       // the terminating chunk
  virtual void abort() noexcept = 0;                 // the connection will close without it
  virtual bool started() const noexcept = 0;         // after this an error cannot become a status

  // Called on this worker when the client is seen to be gone (EOF or reset) until unwatch_client() or the
  // handler's return. At most once, never from inside watch_client(). A client that half-closes counts as
  // gone: model clients do not, and a vanished one looks the same until we write.
  virtual void watch_client(std::function<void()> gone) = 0;
  virtual void unwatch_client() noexcept = 0;
  virtual void close_after() noexcept = 0;  // answer says Connection: close
};

class Handler {
 public:
  virtual ~Handler() = default;
  // An error that comes back means the handler could not answer (client gone, or a bug): the connection
  // is closed. Handlers turn their own refusals into answers.
  virtual Task<> handle(Exchange& exchange) = 0;
  // A head that was refused before it became a request (framing, sizes, slow head): answer for it.
  virtual Task<> refuse(Exchange& exchange, Error error) = 0;
};

}  // namespace tsg::server
