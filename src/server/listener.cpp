#include <netinet/tcp.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>

#include "tsg/server/server.hpp"

namespace tsg::server {
namespace {

using boost::asio::ip::tcp;
using error_code = boost::system::error_code;

constexpr int kBacklog = 4'096;                     // the kernel clips it to net.core.somaxconn
constexpr int kBatch = 64;                          // connections taken before others get a turn
constexpr std::chrono::milliseconds kBackOff{100};  // without descriptors
constexpr std::string_view kBusy =
    "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 1\r\n"
    "content-length: 110\r\nconnection: close\r\n\r\n"
    R"({"error":{"message":"too many connections, try again","type":"server_error","param":null,"code":"overloaded"}})";

class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(boost::asio::io_context& io, std::vector<ConnectionSet*> sets, std::size_t connections_max)
      : acceptor{io.get_executor()},
        timer_{io.get_executor()},
        sets_{std::move(sets)},
        max_{connections_max} {}

  void wait() {
    acceptor.async_wait(tcp::acceptor::wait_read, [self = shared_from_this()](error_code const& ec) {
      if (!ec && self->acceptor.is_open()) self->take();
    });
  }
  void stop() {
    error_code ignored;
    acceptor.close(ignored);
    timer_.cancel();
  }

  boost::asio::basic_socket_acceptor<tcp, Executor> acceptor;

 private:
  void take();
  void back_off(int reason);
  void refuse(int fd, bool secure) noexcept;

  boost::asio::basic_waitable_timer<Steady, boost::asio::wait_traits<Steady>, Executor> timer_;
  std::vector<ConnectionSet*> sets_;
  std::size_t max_, next_ = 0;
  bool starved_ = false, full_ = false;  // said once per episode
};

void Acceptor::take() {
  for (int i = 0; i < kBatch; ++i) {
    sockaddr_storage from{};
    socklen_t size = sizeof from;
    int const fd = ::accept4(acceptor.native_handle(), reinterpret_cast<sockaddr*>(&from), &size,
                             SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd < 0) {
      if (errno == EAGAIN || errno == EWOULDBLOCK) {
        starved_ = false;
        break;
      }
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) return back_off(errno);
      continue;  // that connection failed (ECONNABORTED, EPROTO, …), not we
    }
    std::size_t open = 0;
    for (auto const* set : sets_) open += set->open();
    auto& set = *sets_[next_++ % sets_.size()];
    if (open >= max_) {
      if (!full_) spdlog::warn("connections_max ({}) reached: refusing connections", max_);
      full_ = true;
      refuse(fd, set.secure());
      continue;
    }
    full_ = false;
    set.adopt(fd, from.ss_family == AF_INET6);
  }
  wait();
}

// The connection that could not be taken stays in the backlog; asking again at once would spin.
void Acceptor::back_off(int reason) {
  if (!starved_) spdlog::error("cannot accept connections: {}; trying every 100 ms", std::strerror(reason));
  starved_ = true;
  timer_.expires_after(kBackOff);
  timer_.async_wait([self = shared_from_this()](error_code const& ec) {
    if (!ec && self->acceptor.is_open()) self->take();
  });
}

void Acceptor::refuse(int fd, bool secure) noexcept {
  if (!secure) {
    (void)::send(fd, kBusy.data(), kBusy.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    ::shutdown(fd, SHUT_WR);
    char bytes[4096];  // unread bytes would turn the close into a reset
    while (::recv(fd, bytes, sizeof bytes, MSG_DONTWAIT) > 0) {
    }
  }
  ::close(fd);
}

class AcceptingListener final : public Listener {
 public:
  AcceptingListener(boost::asio::io_context& io, std::shared_ptr<Acceptor> acceptor, config::Endpoint local)
      : io_{io}, acceptor_{std::move(acceptor)}, local_{std::move(local)} {}
  ~AcceptingListener() override { AcceptingListener::stop(); }
  config::Endpoint local() const override { return local_; }
  void stop() override {
    boost::asio::post(io_, [acceptor = acceptor_] { acceptor->stop(); });
  }

 private:
  boost::asio::io_context& io_;
  std::shared_ptr<Acceptor> acceptor_;
  config::Endpoint local_;
};

Error failure(std::string const& what, error_code const& ec) {
  return Error{Errc::bad_request, what + ": " + ec.message()};
}

Result<std::unique_ptr<Listener>> start(boost::asio::io_context& io, std::shared_ptr<Acceptor> acceptor,
                                        std::string const& name) {
  error_code ec;
  acceptor->acceptor.non_blocking(true, ec);
  // Accepted sockets inherit it on Linux: one call instead of one per connection.
  if (!ec) acceptor->acceptor.set_option(tcp::no_delay{true}, ec);
  auto const local = acceptor->acceptor.local_endpoint(ec);
  if (ec) return failure("cannot listen on " + name, ec);
  config::Endpoint endpoint;
  endpoint.host = local.address().to_string();
  endpoint.port = local.port();
  acceptor->wait();
  return std::unique_ptr<Listener>{
      std::make_unique<AcceptingListener>(io, std::move(acceptor), std::move(endpoint))};
}

}  // namespace

Result<std::unique_ptr<Listener>> listen(boost::asio::io_context& io, config::Endpoint const& endpoint,
                                         std::vector<ConnectionSet*> sets, std::size_t connections_max) {
  error_code ec;
  auto const address =
      boost::asio::ip::make_address(endpoint.host == "localhost" ? "127.0.0.1" : endpoint.host, ec);
  auto const name = endpoint.host + ":" + std::to_string(endpoint.port);
  if (ec) return failure("cannot listen on " + name, ec);
  tcp::endpoint const local{address, endpoint.port};
  auto acceptor = std::make_shared<Acceptor>(io, std::move(sets), connections_max);
  acceptor->acceptor.open(local.protocol(), ec);
  if (!ec) acceptor->acceptor.set_option(tcp::acceptor::reuse_address{true}, ec);
  if (!ec) acceptor->acceptor.bind(local, ec);
  if (!ec) acceptor->acceptor.listen(kBacklog, ec);
  if (ec) return failure("cannot listen on " + name, ec);
  return start(io, std::move(acceptor), name);
}

Result<std::unique_ptr<Listener>> listen_fd(boost::asio::io_context& io, int fd,
                                            std::vector<ConnectionSet*> sets, std::size_t connections_max) {
  auto const name = "inherited socket " + std::to_string(fd);
  sockaddr_storage bound{};
  socklen_t size = sizeof bound;
  int listening = 0;
  socklen_t flag = sizeof listening;
  error_code ec;
  if (::getsockname(fd, reinterpret_cast<sockaddr*>(&bound), &size) != 0 ||
      ::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &flag) != 0)
    return failure("cannot listen on " + name, error_code{errno, boost::system::system_category()});
  if (listening == 0 || (bound.ss_family != AF_INET && bound.ss_family != AF_INET6))
    return Error{Errc::bad_request, "cannot listen on " + name + ": not a listening TCP socket"};
  auto acceptor = std::make_shared<Acceptor>(io, std::move(sets), connections_max);
  acceptor->acceptor.assign(bound.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), fd, ec);
  if (ec) return failure("cannot listen on " + name, ec);
  return start(io, std::move(acceptor), name);
}

}  // namespace tsg::server
