#include "tsg/net/stream.hpp"

#include <poll.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <boost/asio/write.hpp>
#include <cerrno>

namespace tsg::net {

Stream::Stream(Socket socket) : plain_{std::make_unique<Socket>(std::move(socket))} {}

Stream::Stream(Socket socket, std::shared_ptr<boost::asio::ssl::context> tls)
    : context_{std::move(tls)}, tls_{std::make_unique<TlsStream>(std::move(socket), *context_)} {}

Stream::~Stream() = default;

Socket& Stream::socket() noexcept {
  return tls_ ? tls_->next_layer() : *plain_;
}

Awaitable<std::size_t> Stream::read_some(std::span<char> into, error_code& ec) {
  boost::asio::mutable_buffer const buffer{into.data(), into.size()};
  if (tls_) {
    auto [error, n] = co_await tls_->async_read_some(buffer, use_tuple);
    ec = error;
    co_return n;
  }
  auto [error, n] = co_await plain_->async_read_some(buffer, use_tuple);
  ec = error;
  co_return n;
}

Awaitable<> Stream::write(std::string_view bytes, error_code& ec) {
  return write(bytes, {}, ec);
}

Awaitable<> Stream::write(std::string_view head, std::string_view body, error_code& ec) {
  if (tls_) {
    std::array<boost::asio::const_buffer, 2> const buffers{
        boost::asio::const_buffer{head.data(), head.size()},
        boost::asio::const_buffer{body.data(), body.size()}};
    auto [error, n] = co_await boost::asio::async_write(*tls_, buffers, use_tuple);
    ec = error;
    co_return;
  }
  for (;;) {
    auto const n = write_now(head, body, ec);
    if (ec) co_return;
    auto const of_head = std::min(n, head.size());
    head.remove_prefix(of_head);
    body.remove_prefix(n - of_head);
    if (head.empty() && body.empty()) co_return;
    auto [error] = co_await plain_->async_wait(Socket::wait_write, use_tuple);
    ec = error;
    if (ec) co_return;
  }
}

std::size_t Stream::write_now(std::string_view head, std::string_view body, error_code& ec) noexcept {
  ec = {};
  if (tls_) return 0;
  std::array<iovec, 2> parts{iovec{const_cast<char*>(head.data()), head.size()},
                             iovec{const_cast<char*>(body.data()), body.size()}};
  msghdr message{};
  message.msg_iov = head.empty() ? &parts[1] : &parts[0];
  message.msg_iovlen = head.empty() || body.empty() ? 1 : 2;
  if (head.empty() && body.empty()) return 0;
  for (;;) {
    auto const n = ::sendmsg(plain_->native_handle(), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n >= 0) return static_cast<std::size_t>(n);
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) ec = error_code{errno, boost::system::system_category()};
    return 0;
  }
}

void Stream::close() noexcept {
  error_code ignored;
  socket().close(ignored);
}

void Stream::reset() noexcept {
  error_code ignored;
  socket().set_option(boost::asio::socket_base::linger{true, 0}, ignored);
  socket().close(ignored);
}

bool Stream::open() const noexcept {
  return const_cast<Stream*>(this)->socket().is_open();
}

bool Stream::peer_closed() const noexcept {
  if (!open()) return true;
  pollfd fd{const_cast<Stream*>(this)->socket().native_handle(), POLLRDHUP, 0};
  if (::poll(&fd, 1, 0) <= 0) return false;
  return (fd.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

bool Stream::quiet() const noexcept {
  if (!open()) return false;
  if (tls_) {
    auto* ssl = tls_->native_handle();
    if (SSL_has_pending(ssl) != 0 || BIO_pending(SSL_get_rbio(ssl)) > 0) return false;
  }
  char byte = 0;
  auto const n =
      ::recv(const_cast<Stream*>(this)->socket().native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
  return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
}

}  // namespace tsg::net
