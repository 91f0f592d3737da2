// One HTTP/1.1 connection to a provider: the stream, the parser of its answers, and the one deadline that is
// running. Used by one exchange at a time; rests in the pool in between.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <string>
#include <string_view>

#include "tsg/core/task.hpp"
#include "tsg/http/parser.hpp"
#include "tsg/net/deadline.hpp"
#include "tsg/net/stream.hpp"
#include "upstream/failure.hpp"
#include "upstream/pool.hpp"
#include "upstream/tls.hpp"

namespace tsg::upstream {

class Connection {
 public:
  Connection(Executor const& executor, net::Ticker& ticker, TlsContext tls);  // null: plain
  ~Connection();
  Connection(Connection const&) = delete;
  Connection& operator=(Connection const&) = delete;

  net::Stream& stream() noexcept { return stream_; }
  http::ResponseParser const& response() const noexcept { return parser_; }

  // Starts a named deadline: at `limit` or, under that name, at `total`, whichever is first. When it passes
  // the connection closes and failure() says which it was.
  void expect(Wait what, SteadyTime limit, SteadyTime total) noexcept;
  void relax() noexcept { deadline_.disarm(); }
  Wait expired() const noexcept { return expired_; }

  // TCP, then TLS where there is a context. "" = connected, else the reason for the log.
  Awaitable<std::string> connect(boost::asio::ip::tcp::endpoint endpoint, std::string const& host,
                                 bool literal, SessionCache& sessions);
  // True = every byte was taken. After false, failure() names it.
  Awaitable<bool> write(std::string_view head, std::string_view body);
  // One read of at most 16 KiB, parsed; decoded body bytes are appended to `out`, perhaps none.
  Task<> read(std::string& out);

  bool complete() const noexcept { return ended_ || parser_.done(); }
  bool response_started() const noexcept { return received_; }
  Ending ending() const noexcept;
  Error failure(std::string_view what) const;  // of the write or read that just failed

  void rest();            // between two exchanges: gives back its buffer
  void close() noexcept;  // by us: what is pending ends with client_gone
  bool closed() const noexcept { return closed_; }

 private:
  net::Stream stream_;
  http::ResponseParser parser_;
  net::Deadline deadline_;
  std::unique_ptr<char[]> buffer_;
  net::error_code error_;  // of the last write or read
  Wait waiting_ = Wait::none, expired_ = Wait::none;
  bool closed_ = false;    // close() was called
  bool received_ = false;  // any byte of this response
  bool ended_ = false;     // complete by the peer's EOF
  bool surplus_ = false, write_failed_ = false;
};

}  // namespace tsg::upstream
