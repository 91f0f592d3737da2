// A provider on a loopback port, scripted per connection. Blocking code on its own threads, so that it shares
// nothing with what it tests.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace tsg::upstream::test {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

class Peer {  // one accepted connection
 public:
  Peer(tcp::socket socket, asio::ssl::context* tls) {
    if (tls != nullptr)
      tls_ = std::make_unique<asio::ssl::stream<tcp::socket>>(std::move(socket), *tls);
    else
      plain_ = std::make_unique<tcp::socket>(std::move(socket));
  }
  tcp::socket& socket() { return tls_ ? tls_->next_layer() : *plain_; }
  SSL* ssl() { return tls_->native_handle(); }
  bool handshake() {
    boost::system::error_code ec;
    tls_->handshake(asio::ssl::stream_base::server, ec);
    return !ec;
  }
  std::size_t read_some(char* into, std::size_t n) {  // 0 = the end, however it came
    boost::system::error_code ec;
    auto const buffer = asio::buffer(into, n);
    auto const got = tls_ ? tls_->read_some(buffer, ec) : plain_->read_some(buffer, ec);
    return ec ? 0 : got;
  }
  // Head and body as one text; "" = the peer ended.
  std::string read_request() {
    char bytes[65536];
    for (;;) {
      if (auto const end = seen_.find("\r\n\r\n"); end != std::string::npos) {
        auto const at = seen_.find("content-length: ");
        auto const total = end + 4 + (at < end ? std::stoul(seen_.substr(at + 16, 12)) : 0);
        if (seen_.size() >= total) {
          auto request = seen_.substr(0, total);
          seen_.erase(0, total);
          return request;
        }
      }
      auto const n = read_some(bytes, sizeof bytes);
      if (n == 0) return "";
      seen_.append(bytes, n);
    }
  }
  bool saw_end() {  // waits for it; false if there were more bytes first
    char byte = 0;
    return read_some(&byte, 1) == 0;
  }
  void write(std::string_view text) {
    boost::system::error_code ec;
    auto const buffer = asio::buffer(text.data(), text.size());
    tls_ ? asio::write(*tls_, buffer, ec) : asio::write(*plain_, buffer, ec);
  }
  void close_notify() {  // sends ours, then waits for the peer's end of the connection
    boost::system::error_code ec;
    tls_->shutdown(ec);
  }
  void close() {
    boost::system::error_code ec;
    socket().close(ec);
  }
  void reset() {
    boost::system::error_code ec;
    socket().set_option(asio::socket_base::linger{true, 0}, ec);
    socket().close(ec);
  }

 private:
  std::unique_ptr<tcp::socket> plain_;
  std::unique_ptr<asio::ssl::stream<tcp::socket>> tls_;
  std::string seen_;
};

using Script = std::function<void(Peer&)>;

// Connection n runs script n; beyond them connections are accepted and closed. The destructor waits for all.
class FakeProvider {
 public:
  explicit FakeProvider(std::vector<Script> scripts, asio::ssl::context* tls = nullptr)
      : tls_{tls},
        scripts_{std::move(scripts)},
        acceptor_{io_, tcp::endpoint{asio::ip::address_v4::loopback(), 0}} {
    port_ = acceptor_.local_endpoint().port();
    thread_ = std::thread{[this] { accept(); }};
  }
  ~FakeProvider() {
    ::shutdown(acceptor_.native_handle(), SHUT_RDWR);  // wakes accept()
    thread_.join();
  }
  std::uint16_t port() const { return port_; }
  std::size_t accepted() const {
    std::lock_guard const lock{mutex_};
    return accepted_;
  }

 private:
  void accept() {
    std::vector<std::thread> running;
    for (;;) {
      boost::system::error_code ec;
      auto socket = acceptor_.accept(ec);
      if (ec) break;
      std::size_t n = 0;
      {
        std::lock_guard const lock{mutex_};
        n = accepted_++;
      }
      if (n >= scripts_.size()) continue;
      running.emplace_back(
          [this, n, peer = std::make_shared<Peer>(std::move(socket), tls_)] { scripts_[n](*peer); });
    }
    for (auto& thread : running) thread.join();
  }
  asio::ssl::context* tls_;
  std::vector<Script> scripts_;
  asio::io_context io_;
  tcp::acceptor acceptor_;
  std::uint16_t port_ = 0;
  mutable std::mutex mutex_;
  std::size_t accepted_ = 0;
  std::thread thread_;
};

inline std::string const kOk = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
inline std::string const kOkClose = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok";

}  // namespace tsg::upstream::test
