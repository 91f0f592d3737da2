#include "server/wire.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <new>

namespace tsg::server {
namespace {

constexpr std::chrono::milliseconds kHot{1'000};  // a read that waits longer gives up its buffer
constexpr std::chrono::milliseconds kPoll{40};    // EOF behind a full buffer is looked for this often

net::Stream make_stream(net::Socket socket, std::shared_ptr<boost::asio::ssl::context> tls) {
  if (tls) return {std::move(socket), std::move(tls)};
  return net::Stream{std::move(socket)};
}

// Throws away what has arrived, a bounded amount at a time. False at the end of the connection.
bool discard(int fd) noexcept {
  static thread_local std::array<char, 65'536> nowhere;
  for (int round = 0; round < 16; ++round) {
    auto const n = ::recv(fd, nowhere.data(), nowhere.size(), MSG_DONTWAIT | MSG_TRUNC);
    if (n == 0) return false;
    if (n < 0) return errno == EAGAIN || errno == EINTR;
  }
  return true;
}

}  // namespace

// Deadlines resume coroutines that may drop the last reference: each keeps the wire for its own duration.
Wire::Wire(std::shared_ptr<net::Ticker> ticker, net::Socket socket,
           std::shared_ptr<boost::asio::ssl::context> tls)
    : ticker_{std::move(ticker)},
      stream_{make_stream(std::move(socket), std::move(tls))},
      late_{*ticker_, [this] { wake(Wake::late); }},
      cool_{*ticker_, [this] { cool(); }},
      stall_{*ticker_, [this] { stream_.reset(); }} {}

void Wire::consume(std::size_t bytes) noexcept {
  begin_ += bytes;
  if (begin_ == end_) begin_ = end_ = 0;
}

Awaitable<Wake> Wire::more(SteadyTime until) {
  if (stopped_) co_return Wake::stopped;
  if (begin_ != end_) co_return Wake::data;
  if (ended_) co_return Wake::end;
  read();
  late_.arm(until);
  auto const suspend = [this](auto handler) { waiter_.emplace(std::move(handler)); };
  auto const why =
      co_await boost::asio::async_initiate<boost::asio::use_awaitable_t<Executor> const, void(Wake)>(
          suspend, use_task);
  late_.disarm();
  co_return why;
}

void Wire::wake(Wake why) {
  if (!waiter_) return;
  auto const keep = shared_from_this();
  auto waiter = std::move(*waiter_);
  waiter_.reset();
  std::move(waiter)(why);
}

void Wire::watch(std::function<void()> gone) {
  gone_ = std::move(gone);
  if (ended_ || stopped_) {
    boost::asio::post(stream_.socket().get_executor(), [self = shared_from_this()] { self->ended(); });
    return;
  }
  read();
}

void Wire::read() {
  if (pending_ != Pending::none || ended_ || stopped_) return;
  if (begin_ == end_ && capacity_ != capacity_wanted_) {
    buffer_.reset(new char[capacity_wanted_]);
    capacity_ = capacity_wanted_;
    begin_ = end_ = 0;
  }
  if (end_ == capacity_ && begin_ > 0) {
    std::memmove(buffer_.get(), buffer_.get() + begin_, end_ - begin_);
    end_ -= begin_;
    begin_ = 0;
  }
  if (end_ == capacity_) {
    cool_.arm(Steady::now() + kPoll);
    return;
  }
  pending_ = Pending::read;
  cool_.arm(Steady::now() + kHot);
  boost::asio::mutable_buffer const room{buffer_.get() + end_, capacity_ - end_};
  auto done = [self = shared_from_this()](net::error_code const& ec, std::size_t n) {
    self->read_done(ec, n);
  };
  if (stream_.is_tls())
    stream_.tls()->async_read_some(room, std::move(done));
  else
    stream_.socket().async_read_some(room, std::move(done));
}

void Wire::read_done(net::error_code const& ec, std::size_t bytes) {
  pending_ = Pending::none;
  end_ += bytes;
  auto const cooling = std::exchange(cooling_, false);
  if (ec == boost::asio::error::operation_aborted && cooling && stream_.open() && !stopped_) {
    if (begin_ == end_) return wait_readable();
  } else if (ec) {
    return ended();
  }
  if (waiter_ && begin_ != end_) return wake(Wake::data);
  if (waiter_ || gone_) read();
}

void Wire::ended() {
  ended_ = true;
  cool_.disarm();
  if (auto gone = std::exchange(gone_, nullptr)) gone();
  wake(begin_ != end_ ? Wake::data : Wake::end);
}

// No buffer while nothing comes. Nothing is left inside TLS either: its read was waiting for the socket.
void Wire::wait_readable() {
  buffer_.reset();
  begin_ = end_ = capacity_ = 0;
  if (idle) parser.reset();
  pending_ = Pending::readiness;
  auto ready = [self = shared_from_this()](net::error_code const& ec) {
    self->pending_ = Pending::none;
    if (ec) return self->ended();
    if (self->waiter_ || self->gone_) self->read();
  };
  stream_.socket().async_wait(net::Socket::wait_read, std::move(ready));
}

void Wire::cool() {
  auto const keep = shared_from_this();
  if (pending_ == Pending::read && begin_ == end_) {
    if (writing_) return cool_.arm(Steady::now() + kHot);  // cancel() would hit the write as well
    cooling_ = true;
    net::error_code ignored;
    stream_.socket().cancel(ignored);
  } else if (pending_ == Pending::none && gone_ && end_ == capacity_) {
    if (!stream_.peer_closed()) return cool_.arm(Steady::now() + kPoll);
    auto gone = std::exchange(gone_, nullptr);
    gone();
  }
}

Awaitable<> Wire::write(std::string_view head, std::string_view body, std::chrono::milliseconds limit,
                        net::error_code& ec) {
  stall_.arm(Steady::now() + limit);
  writing_ = true;
  co_await stream_.write(head, body, ec);
  writing_ = false;
  if (!stall_.fired()) stall_.disarm();
}

Awaitable<> Wire::handshake(std::chrono::milliseconds limit, net::error_code& ec) {
  stall_.arm(Steady::now() + limit);
  auto [error] = co_await stream_.tls()->async_handshake(boost::asio::ssl::stream_base::server, use_tuple);
  ec = error;
  stall_.disarm();
}

Awaitable<> Wire::finish(bool linger) {
  if (!stream_.open()) co_return;
  cool_.disarm();
  if (stream_.is_tls() && !stopped_) {
    // Our close_notify leaves; theirs is not waited for (style pitfall 12).
    SSL_set_shutdown(stream_.tls()->native_handle(), SSL_RECEIVED_SHUTDOWN);
    stall_.arm(Steady::now() + std::chrono::milliseconds{300});
    co_await stream_.tls()->async_shutdown(use_tuple);
    stall_.disarm();
  }
  if (linger && !ended_ && stream_.open()) {
    net::error_code ec;
    stream_.socket().shutdown(net::Socket::shutdown_send, ec);
    stall_.arm(Steady::now() + std::chrono::milliseconds{1'000});
    while (!ec && !stopped_ && stream_.open() && discard(stream_.socket().native_handle())) {
      auto [error] = co_await stream_.socket().async_wait(net::Socket::wait_read, use_tuple);
      ec = error;
    }
    stall_.disarm();
  }
  stream_.close();
}

void Wire::wait_no_longer_than(SteadyTime until) {
  if (waiter_) late_.arm(until);
}

void Wire::give_notice() {
  auto const keep = shared_from_this();
  if (auto gone = std::exchange(gone_, nullptr)) gone();
}

void Wire::kill() {
  auto const keep = shared_from_this();
  stopped_ = true;
  stream_.close();
  ended_ = true;
  if (auto gone = std::exchange(gone_, nullptr)) gone();
  wake(Wake::stopped);
}

// Called by whoever accepts; the rest is for our own worker.
void Wire::make_way(std::shared_ptr<Guest> self) noexcept {
  try {
    auto wire = std::static_pointer_cast<Wire>(std::move(self));
    boost::asio::post(stream_.socket().get_executor(), [wire = std::move(wire)] { wire->give_way(); });
  } catch (std::bad_alloc const&) {  // then it stays until its deadline
  }
}

void Wire::give_way() {
  if (!place || !place->leaving()) return;  // a request has come meanwhile
  if (idle && !stream_.quiet())
    return;  // or is about to be read; or the client's end, which frees the place too
  stopped_ = true;
  if (waiter_)
    wake(Wake::stopped);
  else
    stream_.close();  // in a handshake, or after its last answer
}

void Wire::destroy() {
  auto const keep = shared_from_this();
  stopped_ = true;
  gone_ = nullptr;
  stream_.close();
  auto waiter = std::move(waiter_);
  waiter_.reset();
}

}  // namespace tsg::server
