// One TCP connection, plain or TLS, as both sides use it. Lives on one worker.
#pragma once
#include <boost/asio/buffer.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/system/error_code.hpp>
#include <memory>
#include <span>
#include <string_view>

#include "tsg/core/task.hpp"

namespace tsg::net {

using Socket = boost::asio::basic_stream_socket<boost::asio::ip::tcp, Executor>;
using TlsStream = boost::asio::ssl::stream<Socket>;
using error_code = boost::system::error_code;

class Stream {
 public:
  explicit Stream(Socket socket);  // plain
  Stream(Socket socket,
         std::shared_ptr<boost::asio::ssl::context> tls);  // handshake to be done by the caller
  ~Stream();
  Stream(Stream const&) = delete;
  Stream& operator=(Stream const&) = delete;

  bool is_tls() const noexcept { return tls_ != nullptr; }
  Socket& socket() noexcept;  // lowest layer
  TlsStream* tls() noexcept { return tls_.get(); }

  // Bytes read, 0 with an error. Plain sockets: no speculative system call is wasted more than Asio does.
  Awaitable<std::size_t> read_some(std::span<char> into, error_code& ec);
  // All of it. Plain sockets try the system call at once and only wait if the peer is slow, so that the usual
  // write costs one system call and no trip through the scheduler.
  Awaitable<> write(std::string_view bytes, error_code& ec);
  Awaitable<> write(std::string_view head, std::string_view body, error_code& ec);  // one gathered write
  // What the socket takes at once, without waiting and without a coroutine; bytes taken. Always 0 for TLS.
  std::size_t write_now(std::string_view head, std::string_view body, error_code& ec) noexcept;
  void close() noexcept;  // pending operations end with operation_aborted
  void reset() noexcept;  // the same with SO_LINGER 0: the peer sees RST
  bool open() const noexcept;

  // Did the peer end its side (FIN or RST), without consuming data? POLLRDHUP, so it also sees a FIN behind
  // unread bytes (a TLS close_notify, a pipelined request).
  bool peer_closed() const noexcept;
  // True if a read would block now and the peer is there: a pooled connection may be used.
  bool quiet() const noexcept;

 private:
  std::unique_ptr<Socket> plain_;
  std::shared_ptr<boost::asio::ssl::context> context_;
  std::unique_ptr<TlsStream> tls_;
};

}  // namespace tsg::net
