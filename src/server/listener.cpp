#include <netinet/tcp.h>
#include <sys/socket.h>

#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>

#include "server/places.hpp"
#include "tsg/core/log.hpp"
#include "tsg/server/server.hpp"

namespace tsg::server {
namespace {

using boost::asio::ip::tcp;
using error_code = boost::system::error_code;

constexpr int kBacklog = 4'096;                     // the kernel clips it to net.core.somaxconn
constexpr int kBatch = 64;                          // connections taken before others get a turn
constexpr std::chrono::milliseconds kBackOff{100};  // without descriptors
constexpr std::chrono::milliseconds kSettle{1};     // for those who give way to leave
constexpr int kSettlesMost = 1'000;                 // a worker that hangs holds up the door no longer
constexpr std::chrono::seconds kSayAgain{60};       // that there are too many connections
constexpr std::string_view kBusy =
    "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 1\r\n"
    "content-length: 110\r\nconnection: close\r\n\r\n"
    R"({"error":{"message":"too many connections, try again","type":"server_error","param":null,"code":"overloaded"}})";

class Acceptor : public std::enable_shared_from_this<Acceptor> {
 public:
  Acceptor(boost::asio::io_context& io, std::vector<ConnectionSet*> sets, Capacity capacity)
      : acceptor{io.get_executor()},
        places{std::make_shared<Places>(std::move(capacity))},
        timer_{io.get_executor()},
        sets_{std::move(sets)} {}

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
  std::shared_ptr<Places> const places;

 private:
  void take();
  bool settle(int fd, sockaddr_storage const& from);
  void report();
  void back_off(int reason);
  void take_after(std::chrono::milliseconds pause);
  void refuse(int fd, bool secure) noexcept;

  boost::asio::basic_waitable_timer<Steady, boost::asio::wait_traits<Steady>, Executor> timer_;
  std::vector<ConnectionSet*> sets_;
  std::size_t next_ = 0;
  int settles_ = 0;
  bool starved_ = false;  // said once per episode
  Places::Counts said_;
  SteadyTime say_again_{};
};

boost::asio::ip::address sender_of(sockaddr_storage const& from) {
  namespace ip = boost::asio::ip;
  if (from.ss_family == AF_INET) {
    auto const& in = reinterpret_cast<sockaddr_in const&>(from);
    return ip::address_v4{ntohl(in.sin_addr.s_addr)};
  }
  ip::address_v6::bytes_type bytes;
  std::memcpy(bytes.data(), &reinterpret_cast<sockaddr_in6 const&>(from).sin6_addr, bytes.size());
  return ip::address_v6{bytes};
}

void Acceptor::take() {
  for (int i = 0; i < kBatch; ++i) {
    if (!places->unsettled())
      settles_ = 0;
    else if (++settles_ < kSettlesMost)
      return take_after(kSettle);
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
    if (!settle(fd, from)) return back_off(ENOMEM);
  }
  report();
  wait();
}

// False: no memory for another connection; the descriptor is closed.
bool Acceptor::settle(int fd, sockaddr_storage const& from) {
  auto& set = *sets_[next_++ % sets_.size()];
  std::unique_ptr<Place> place;
  try {
    place = places->take(sender_of(from));
  } catch (std::bad_alloc const&) {
    ::close(fd);
    return false;
  }
  if (!place) {
    refuse(fd, set.secure());
    return true;
  }
  try {
    set.adopt(fd, from.ss_family == AF_INET6, std::move(place));
  } catch (std::bad_alloc const&) {
    return false;
  }
  return true;
}

// Under a flood this is news once a minute.
void Acceptor::report() {
  auto const now = places->counts();
  auto const gave_way = now.gave_way - said_.gave_way, turned_away = now.turned_away - said_.turned_away;
  if ((gave_way == 0 && turned_away == 0) || Steady::now() < say_again_) return;
  log::warn(
      "limits.connections_max or connections_per_address_max reached ({} connections are open): {} that "
      "waited "
      "gave way to new ones, {} new ones were turned away",
      {now.taken, gave_way, turned_away});
  said_ = now;
  say_again_ = Steady::now() + kSayAgain;
}

// The connection that could not be taken stays in the backlog; asking again at once would spin.
void Acceptor::back_off(int reason) {
  if (!starved_) log::error("cannot accept connections: {}; trying every 100 ms", {std::strerror(reason)});
  starved_ = true;
  take_after(kBackOff);
}

void Acceptor::take_after(std::chrono::milliseconds pause) {
  timer_.expires_after(pause);
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
  void set_capacity(Capacity capacity) override { acceptor_->places->set(std::move(capacity)); }

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
                                         std::vector<ConnectionSet*> sets, Capacity capacity) {
  error_code ec;
  auto const address =
      boost::asio::ip::make_address(endpoint.host == "localhost" ? "127.0.0.1" : endpoint.host, ec);
  auto const name = endpoint.host + ":" + std::to_string(endpoint.port);
  if (ec) return failure("cannot listen on " + name, ec);
  tcp::endpoint const local{address, endpoint.port};
  auto acceptor = std::make_shared<Acceptor>(io, std::move(sets), std::move(capacity));
  acceptor->acceptor.open(local.protocol(), ec);
  if (!ec) acceptor->acceptor.set_option(tcp::acceptor::reuse_address{true}, ec);
  if (!ec) acceptor->acceptor.bind(local, ec);
  if (!ec) acceptor->acceptor.listen(kBacklog, ec);
  if (ec) return failure("cannot listen on " + name, ec);
  return start(io, std::move(acceptor), name);
}

Result<std::unique_ptr<Listener>> listen_fd(boost::asio::io_context& io, int fd,
                                            std::vector<ConnectionSet*> sets, Capacity capacity) {
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
  auto acceptor = std::make_shared<Acceptor>(io, std::move(sets), std::move(capacity));
  acceptor->acceptor.assign(bound.ss_family == AF_INET6 ? tcp::v6() : tcp::v4(), fd, ec);
  if (ec) return failure("cannot listen on " + name, ec);
  return start(io, std::move(acceptor), name);
}

}  // namespace tsg::server
