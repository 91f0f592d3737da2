// A real server on loopback in its own thread, a handler with one trick per path, and a raw client.
#pragma once
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <mutex>
#include <thread>

#include "tsg/server/server.hpp"

namespace tsg::server {

using namespace std::chrono_literals;

// Blocking, with a limit on every wait, so that a bug fails instead of hanging.
class Client {
 public:
  explicit Client(std::uint16_t port, int receive_buffer = 0)
      : fd_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    timeval limit{10, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
    ::setsockopt(fd_, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
    if (receive_buffer > 0) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0) ADD_FAILURE() << "connect";
  }
  Client(Client&& other) noexcept : fd_{std::exchange(other.fd_, -1)} {}
  ~Client() { close(); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  void reset() {
    linger hard{1, 0};
    ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close();
  }
  void half_close() { ::shutdown(fd_, SHUT_WR); }
  int fd() const { return fd_; }

  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      auto const n = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
  }
  // More bytes into `in`; false at the end of the connection.
  bool fill() {
    std::array<char, 16'384> bytes{};
    auto const n = ::recv(fd_, bytes.data(), bytes.size(), 0);
    if (n < 0) error = errno;
    if (n <= 0) return false;
    in.append(bytes.data(), static_cast<std::size_t>(n));
    return true;
  }
  // Takes everything up to and with `mark` out of what comes; "" if the connection ends before.
  std::string until(std::string_view mark) {
    std::size_t at = 0;
    while ((at = in.find(mark)) == in.npos)
      if (!fill()) return {};
    auto got = in.substr(0, at + mark.size());
    in.erase(0, got.size());
    return got;
  }
  std::string head() { return until("\r\n\r\n"); }
  std::string body(std::string const& head) {
    auto const at = head.find("content-length: ");
    if (at == head.npos) return {};
    auto const size = std::stoul(head.substr(at + 16));
    while (in.size() < size && fill()) {
    }
    auto got = in.substr(0, size);
    in.erase(0, got.size());
    return got;
  }
  std::string rest() {
    while (fill()) {
    }
    return std::exchange(in, {});
  }
  // One request, one answer's body.
  std::string ask(std::string_view request) {
    send(request);
    return body(head());
  }

  std::string in;
  int error = 0;

 private:
  int fd_;
};

inline std::string get(std::string_view path) {
  return "GET " + std::string{path} + " HTTP/1.1\r\nHost: x\r\n\r\n";
}
inline std::string post(std::string_view path, std::string_view body) {
  return "POST " + std::string{path} +
         " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string{body};
}

class TestHandler : public Handler {
 public:
  explicit TestHandler(boost::asio::io_context& io) : io_{io} {}

  Task<> handle(Exchange& exchange) override {
    ++requests;
    std::string const path{exchange.head().path};
    http::Headers headers;
    headers.set("content-type", "text/plain");
    if (path == "/echo" || path == "/full")
      co_return co_await echo(exchange, path == "/full" ? 20'000 : SIZE_MAX);
    if (path == "/stream" || path == "/cut") co_return co_await stream(exchange, path == "/cut");
    if (path == "/wait") co_return co_await wait(exchange);
    if (path == "/flood") co_return co_await flood(exchange);
    if (path == "/throw") throw std::runtime_error{"a bug"};
    if (path == "/nothing") co_return Result<>{};
    if (path == "/last") exchange.close_after();
    co_return co_await exchange.respond(200, headers, path);
  }
  Task<> refuse(Exchange& exchange, Error error) override {
    ++refusals;
    co_return co_await answer(exchange, error);
  }

  std::atomic<int> requests{0}, refusals{0}, gone{0}, waiting{0};
  std::promise<Errc> flood_ended;
  std::promise<void> release;  // fulfilled by a test through let_go()
  void let_go() {
    boost::asio::post(io_, [this] {
      if (timer_ != nullptr) timer_->cancel();
    });
  }

 private:
  Task<> answer(Exchange& exchange, Error error) {
    http::Headers headers;
    auto const code = error.code();
    int const status = code == Errc::body_too_large       ? 413
                       : code == Errc::request_timeout    ? 408
                       : code == Errc::head_too_large     ? 431
                       : code == Errc::uri_too_long       ? 414
                       : code == Errc::expectation_failed ? 417
                       : code == Errc::overloaded         ? 503
                                                          : 400;
    co_return co_await exchange.respond(status, headers, to_string(code));
  }
  Task<> echo(Exchange& exchange, std::size_t room) {
    auto body = co_await exchange.read_body(1'000'000, [room](std::size_t bytes) { return bytes <= room; });
    if (!body) {
      if (body.error().code() == Errc::client_gone) {
        ++gone;
        co_return body.error();
      }
      co_return co_await answer(exchange, body.error());
    }
    http::Headers headers;
    co_return co_await exchange.respond(200, headers, *body);
  }
  Task<> stream(Exchange& exchange, bool cut) {
    http::Headers headers;
    auto done = co_await exchange.begin(200, headers);
    if (done) done = co_await exchange.write("one");
    if (done) done = co_await exchange.write("");
    if (done) done = co_await exchange.write("event two");
    if (cut) {
      exchange.abort();
      co_return done;
    }
    if (done) done = co_await exchange.finish();
    co_return done;
  }
  // A model that thinks until the client leaves or the test lets go.
  Task<> wait(Exchange& exchange) {
    boost::asio::steady_timer timer{io_, boost::asio::steady_timer::time_point::max()};
    timer_ = &timer;
    bool left = false;
    exchange.watch_client([&] {
      left = true;
      ++gone;
      timer.cancel();
    });
    ++waiting;
    co_await timer.async_wait(use_tuple);
    timer_ = nullptr;
    exchange.unwatch_client();
    if (left) co_return Error{Errc::client_gone};
    http::Headers headers;
    co_return co_await exchange.respond(200, headers, "done");
  }
  Task<> flood(Exchange& exchange) {
    http::Headers headers;
    auto done = co_await exchange.begin(200, headers);
    std::string const chunk(65'536, 'x');
    for (int i = 0; i < 10'000 && done; ++i) done = co_await exchange.write(chunk);
    flood_ended.set_value(done ? Errc::internal : done.error().code());
    co_return done;
  }

  boost::asio::io_context& io_;
  boost::asio::steady_timer* timer_ = nullptr;
};

class ServerTest : public ::testing::Test {
 protected:
  void start(Capacity const& capacity = Capacity{1'000}) {
    connections = make_connections(io, handler, settings, tls);
    auto listening = listen(io, config::Endpoint{"127.0.0.1", 0}, {connections.get()}, capacity);
    ASSERT_TRUE(listening) << listening.error().message();
    listener = std::move(*listening);
    thread = std::thread{[this] { io.run(); }};
  }
  void TearDown() override { stop(); }
  void stop() {
    if (!thread.joinable()) return;
    listener->stop();
    on_worker([this] { connections->close_all(); });
    EXPECT_TRUE(eventually([this] { return connections->open() == 0; })) << "a session does not end";
    io.stop();
    thread.join();
    connections.reset();
  }
  void on_worker(std::function<void()> job) {
    std::promise<void> done;
    boost::asio::post(io, [&] {
      job();
      done.set_value();
    });
    ASSERT_EQ(done.get_future().wait_for(10s), std::future_status::ready);
  }
  static bool eventually(std::function<bool()> const& condition) {
    for (int i = 0; i < 5'000 && !condition(); ++i) std::this_thread::sleep_for(2ms);
    return condition();
  }
  Client client(int receive_buffer = 0) { return Client{listener->local().port, receive_buffer}; }

  boost::asio::io_context io{1};
  // Without it the loop ends with its last connection and listener, and what is posted afterwards never runs.
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard{io.get_executor()};
  TestHandler handler{io};
  Settings settings;
  std::shared_ptr<TlsContext> tls;
  std::unique_ptr<ConnectionSet> connections;
  std::unique_ptr<Listener> listener;
  std::thread thread;
};

}  // namespace tsg::server
