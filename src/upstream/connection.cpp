#include "upstream/connection.hpp"

#include <netinet/tcp.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <utility>
#include <vector>

namespace tsg::upstream {

namespace {

// Seconds, and how many in vain.
using ProbeAfter = boost::asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPIDLE>;
using ProbeEvery = boost::asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPINTVL>;
using ProbesMost = boost::asio::detail::socket_option::integer<IPPROTO_TCP, TCP_KEEPCNT>;

constexpr std::size_t kReadBytes = 16'384;  // one TLS record

// Connections at rest hold no buffer; a few wait here for the next request of their thread, so that not every
// request asks the allocator for a large block and gives it back.
constexpr std::size_t kSpareMax = 32;
thread_local std::vector<std::unique_ptr<char[]>> spare;

std::unique_ptr<char[]> take_buffer() {
  if (spare.empty()) return std::make_unique_for_overwrite<char[]>(kReadBytes);
  auto buffer = std::move(spare.back());
  spare.pop_back();
  return buffer;
}

void give_back(std::unique_ptr<char[]> buffer) {
  if (buffer && spare.size() < kSpareMax) spare.push_back(std::move(buffer));
}

}  // namespace

Connection::Connection(Executor const& executor, net::Ticker& ticker, TlsContext tls)
    : stream_(tls ? net::Stream(net::Socket{executor}, std::move(tls)) : net::Stream(net::Socket{executor})),
      parser_{http::ResponseParser::Limits{}},
      deadline_{ticker, [this] {
                  expired_ = waiting_;
                  stream_.close();
                }} {}

// OpenSSL marks the session of a connection freed without a shutdown as not resumable: a rule of TLS 1.0 that
// TLS 1.1 dropped. We always just close, so without this line the newest session of each is lost.
Connection::~Connection() {
  if (auto* tls = stream_.tls())
    SSL_set_shutdown(tls->native_handle(), SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
}

void Connection::expect(Wait what, SteadyTime limit, SteadyTime total) noexcept {
  waiting_ = total <= limit ? Wait::total : what;
  deadline_.arm(std::min(limit, total));
}

Awaitable<std::string> Connection::connect(boost::asio::ip::tcp::endpoint endpoint, std::string const& host,
                                           bool literal, SessionCache& sessions) {
  auto [ec] = co_await stream_.socket().async_connect(endpoint, use_tuple);
  if (ec) co_return "connect: " + ec.message();
  net::error_code ignored;
  stream_.socket().set_option(boost::asio::ip::tcp::no_delay{true}, ignored);
  // A model may think for minutes without a byte: probes keep middleboxes from forgetting us, and tell a peer
  // that vanished from one that is silent.
  stream_.socket().set_option(boost::asio::socket_base::keep_alive{true}, ignored);
  stream_.socket().set_option(ProbeAfter{60}, ignored);
  stream_.socket().set_option(ProbeEvery{15}, ignored);
  stream_.socket().set_option(ProbesMost{4}, ignored);
  auto* tls = stream_.tls();
  if (tls == nullptr) co_return "";
  if (!prepare_handshake(tls->native_handle(), host, literal, sessions)) co_return "TLS: unusable host name";
  auto [failed] = co_await tls->async_handshake(boost::asio::ssl::stream_base::client, use_tuple);
  if (failed) co_return handshake_failure(tls->native_handle(), failed.message());
  co_return "";
}

Awaitable<bool> Connection::write(std::string_view head, std::string_view body) {
  error_ = {};
  co_await stream_.write(head, body, error_);
  write_failed_ = bool{error_};
  co_return !write_failed_;
}

Task<> Connection::read(std::string& out) {
  if (!buffer_) buffer_ = take_buffer();
  std::span<char> const into{buffer_.get(), kReadBytes};
  error_ = {};
  auto const n = co_await stream_.read_some(into, error_);
  if (error_) {
    // Over TLS only a close_notify is reported as eof; a bare FIN is stream_truncated and never completes a
    // body (pitfall 12).
    if (error_ != boost::asio::error::eof || closed_ || expired_ != Wait::none) co_return failure("read");
    if (auto const end = parser_.finish_eof(); !end) co_return failure("read");
    ended_ = true;
    co_return Result<>{};
  }
  received_ = true;
  std::string_view bytes{buffer_.get(), n};
  while (!bytes.empty() && !parser_.done()) {
    auto const used = parser_.feed(bytes, out);
    if (!used) {
      auto const* why = used.error().peek();
      co_return malformed(why != nullptr ? why->log : std::string{});
    }
    if (*used == 0 && !parser_.done()) co_return malformed("the parser takes no more bytes");
    bytes.remove_prefix(*used);
  }
  surplus_ = surplus_ || !bytes.empty();
  co_return Result<>{};
}

Ending Connection::ending() const noexcept {
  Ending e;
  e.complete = parser_.done();  // an EOF also completes, but leaves nothing to keep
  e.keep_alive = parser_.keep_alive();
  e.surplus = surplus_;
  e.write_failed = write_failed_;
  e.open = !ended_ && !closed_ && expired_ == Wait::none && stream_.open();
  return e;
}

Error Connection::failure(std::string_view what) const {
  if (closed_) return Error{Errc::client_gone};
  if (expired_ != Wait::none) return timed_out(expired_, true);
  std::string log{what};
  log.append(": ").append(error_.message()).append(received_ ? ", after some bytes" : ", before any byte");
  return cut_off(std::move(log));
}

void Connection::rest() {
  deadline_.disarm();
  give_back(std::move(buffer_));
  parser_.reset();
  received_ = false;
}

void Connection::close() noexcept {
  closed_ = true;
  deadline_.disarm();
  stream_.close();
}

}  // namespace tsg::upstream
