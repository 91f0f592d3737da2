#include "session.hpp"

#include <sys/socket.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <chrono>

namespace tsg::sim {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using tcp = asio::ip::tcp;
using Clock = std::chrono::steady_clock;

constexpr auto kToken = asio::as_tuple(asio::use_awaitable);
constexpr std::uint32_t kHeaderMax = 128 * 1024;
constexpr std::uint64_t kBodyMax = 256ULL * 1024 * 1024;

std::int64_t unix_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string_view reason(int status) {
  return status == 529 ? std::string_view("Overloaded")
                       : std::string_view(http::obsolete_reason(static_cast<http::status>(status)));
}

/// Raises the count while alive.
struct Counted {
  explicit Counted(std::atomic<std::int64_t>& c) : count(c) { ++count; }
  ~Counted() { --count; }
  Counted(Counted const&) = delete;
  Counted& operator=(Counted const&) = delete;
  std::atomic<std::int64_t>& count;
};

using Parsed = http::request<http::string_body>;

template <class Stream>
class Session {
 public:
  Session(Stream stream, Core& core, AnswerCache& cache)
      : stream_(std::move(stream)),
        timer_(stream_.get_executor()),
        core_(core),
        cache_(cache),
        open_(core.stats.connections_open) {
    ++core_.stats.connections_total;
  }

  asio::awaitable<void> run() {
    bool go_on = co_await handshake();
    while (go_on) {
      http::request_parser<http::string_body> parser;
      parser.header_limit(kHeaderMax);
      parser.body_limit(kBodyMax);
      auto const [ec, bytes] = co_await http::async_read(stream_, buffer_, parser, kToken);
      if (ec) break;
      go_on = co_await respond(parser.get());
    }
    boost::system::error_code ignored;
    socket().shutdown(tcp::socket::shutdown_both, ignored);
    socket().close(ignored);
  }

 private:
  static constexpr bool kTls = !std::is_same_v<Stream, tcp::socket>;

  tcp::socket& socket() {
    if constexpr (kTls)
      return stream_.next_layer();
    else
      return stream_;
  }

  asio::awaitable<bool> handshake() {
    if constexpr (kTls) {
      auto const [ec] = co_await stream_.async_handshake(asio::ssl::stream_base::server, kToken);
      co_return !ec;
    } else {
      co_return true;
    }
  }

  Request view(Parsed const& message) {
    Request out;
    out.method = message.method_string();
    out.target = message.target();
    out.body = message.body();
    for (auto const& field : message) {
      auto const name = field.name_string();
      std::string_view value = field.value();
      if (name.size() == 13 && field.name() == http::field::authorization) {
        if (value.size() > 7 && boost::beast::iequals(value.substr(0, 7), "bearer ")) value.remove_prefix(7);
        out.bearer = value;
      } else if (boost::beast::iequals(name, "x-api-key")) {
        out.x_api_key = value;
      } else if (boost::beast::iequals(name, "x-goog-api-key")) {
        out.goog_key = value;
      } else if (boost::beast::iequals(name, "anthropic-version")) {
        out.anthropic_version = value;
      }
      head_lines_ += name;
      head_lines_ += ':';
      head_lines_ += std::string_view(field.value());
      head_lines_ += '\n';
    }
    if (auto const at = out.target.find("key=");
        out.goog_key.empty() && at != std::string_view::npos && at > 0) {
      auto const key = out.target.substr(at + 4);
      out.goog_key = key.substr(0, key.find('&'));
    }
    return out;
  }

  /// False: the connection is over.
  asio::awaitable<bool> respond(Parsed const& message) {
    head_lines_.clear();
    auto const request = view(message);
    keep_alive_ = message.keep_alive();
    if (request.target.starts_with("/_sim/")) {
      auto const said = control(core_, request.method, request.target);
      head(said.status, said.content_type);
      out_ += "content-length: " + std::to_string(said.body.size()) + "\r\n\r\n" + said.body;
      co_return co_await flush() && keep_alive_;
    }
    ++core_.stats.requests;
    core_.log.add(request.method, request.target, head_lines_, request.body);
    auto prepared = turn_of(core_, cache_.get(request));
    bool const good = co_await answer(*prepared);
    co_return good&& keep_alive_;
  }

  asio::awaitable<bool> answer(Prepared const& prepared) {
    Counted const counted(core_.stats.answers_open);
    auto const call = ++core_.calls;
    tokens_ = 0;
    bool const waits = prepared.stream || prepared.pace.first.count() > 0 ||
                       prepared.pace.per_token.count() > 0 || prepared.ending == Ending::hang;
    last_write_ = Clock::now();
    if (waits) watch();
    bool const sent = co_await deliver(prepared, call);
    if (sent && prepared.ending == Ending::hang) co_await hang();
    if (waits) co_await unwatch();
    bool const whole = sent && !gone_ && prepared.whole;
    if (gone_ || !sent) note_abort();
    if (prepared.billed) charge(prepared, call, whole);
    if (!sent || gone_) co_return false;
    if (prepared.ending == Ending::reset) reset();
    co_return prepared.ending == Ending::clean;
  }

  asio::awaitable<bool> deliver(Prepared const& prepared, std::uint64_t call) {
    auto wait = std::chrono::duration_cast<std::chrono::microseconds>(prepared.pace.first);
    if (!prepared.stream) wait += prepared.pace.per_token * prepared.usage.output;
    auto const start = Clock::now();
    if (wait.count() > 0 && !co_await until(start + wait)) {
      // Left while we "thought": the tokens generated by now are the ones billed.
      auto const spent = Clock::now() - start - prepared.pace.first;
      if (prepared.pace.per_token.count() > 0 && spent.count() > 0) tokens_ = spent / prepared.pace.per_token;
      co_return false;
    }
    if (!prepared.send_head) co_return true;
    head(prepared.status, prepared.content_type);
    if (prepared.billed) identify(prepared, call);
    out_ += prepared.extra_head;
    if (!prepared.stream) {
      tokens_ = prepared.usage.output;
      out_ += "content-length: " + std::to_string(prepared.declared_length) + "\r\n\r\n";
      append_body(prepared, call);
      co_return co_await flush();
    }
    out_ += "cache-control: no-cache\r\ntransfer-encoding: chunked\r\n\r\n";
    co_return co_await play(prepared, call);
  }

  /// The events of a stream, each in a chunk and (burst 1) a write of its own.
  asio::awaitable<bool> play(Prepared const& prepared, std::uint64_t call) {
    body_ = prepared.body;
    fill_marks(body_, prepared, call, unix_us() / 1'000'000);
    std::size_t from = 0;
    auto due = Clock::now();
    auto const& marks = prepared.marks;
    for (std::size_t i = 0; i < marks.size(); ++i) {
      bool const generated = i > 0 && marks[i].tokens > marks[i - 1].tokens;
      if (generated && prepared.pace.per_token.count() > 0) {
        if (!out_.empty() && !co_await flush()) co_return false;
        due += prepared.pace.per_token;
        if (!co_await until(due)) co_return false;
      }
      chunk(std::string_view(body_).substr(from, marks[i].end - from));
      from = marks[i].end;
      bool const last = i + 1 == marks.size();
      if (last && prepared.ending == Ending::clean) out_ += "0\r\n\r\n";
      if (last || static_cast<std::int64_t>(i + 1) % prepared.pace.burst == 0) {
        if (!co_await flush()) co_return false;
      }
      tokens_ = marks[i].tokens;
    }
    co_return !gone_;
  }

  void head(int status, std::string_view content_type) {
    out_.clear();
    out_ += "HTTP/1.1 ";
    out_ += std::to_string(status);
    out_ += ' ';
    out_ += reason(status);
    out_ += "\r\ncontent-type: ";
    out_ += content_type;
    out_ += keep_alive_ ? "\r\n" : "\r\nconnection: close\r\n";
  }

  void identify(Prepared const& prepared, std::uint64_t call) {
    switch (prepared.api->provider()) {
      case Provider::anthropic:
        out_ += "request-id: ";
        break;
      case Provider::gemini:
        return;  // only the responseId in the body
      default:
        out_ += "x-request-id: ";
        break;
    }
    out_ += request_id(call);
    out_ += "\r\n";
  }

  void append_body(Prepared const& prepared, std::uint64_t call) {
    if (prepared.id_at.empty() && prepared.time_at.empty()) {
      out_ += prepared.body;
      return;
    }
    body_ = prepared.body;
    fill_marks(body_, prepared, call, unix_us() / 1'000'000);
    out_ += body_;
  }

  void chunk(std::string_view piece) {
    if (piece.empty()) return;  // an empty chunk would be the end
    static constexpr char kDigits[] = "0123456789abcdef";
    char size[16];
    std::size_t at = sizeof size;
    for (auto n = piece.size(); n > 0; n >>= 4U) size[--at] = kDigits[n & 15U];
    out_.append(size + at, sizeof size - at);
    out_ += "\r\n";
    out_ += piece;
    out_ += "\r\n";
  }

  asio::awaitable<bool> flush() {
    if (out_.empty()) co_return !gone_;
    if (gone_) co_return false;
    auto const buffer = asio::buffer(out_);
    auto const [ec, bytes] = co_await asio::async_write(stream_, buffer, kToken);
    out_.clear();
    last_write_ = Clock::now();
    co_return !ec && !gone_;
  }

  /// False when the peer left first.
  asio::awaitable<bool> until(Clock::time_point when) {
    while (!gone_ && Clock::now() < when) {
      timer_.expires_at(when);
      co_await timer_.async_wait(kToken);
    }
    co_return !gone_;
  }

  asio::awaitable<void> hang() {
    while (!gone_) {
      timer_.expires_at(Clock::time_point::max());
      co_await timer_.async_wait(kToken);
    }
  }

  /// Notices a peer that leaves while we wait or write; its bytes, if any, are the next request.
  void watch() {
    watching_ = true;
    gone_ = false;
    if constexpr (kTls) {
      stream_.async_read_some(buffer_.prepare(4096), [this](boost::system::error_code ec, std::size_t bytes) {
        buffer_.commit(bytes);
        watched(ec && ec != asio::error::operation_aborted);
      });
    } else {
      stream_.async_wait(tcp::socket::wait_read, [this](boost::system::error_code ec) {
        char byte = 0;
        bool left = ec && ec != asio::error::operation_aborted;
        if (!ec) {
          auto const got = ::recv(stream_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT);
          left = got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
        }
        watched(left);
      });
    }
  }

  void watched(bool left) {
    watching_ = false;
    if (left) {
      gone_ = true;
      noticed_ = Clock::now();
      boost::system::error_code ignored;
      socket().close(ignored);  // ends a write that the peer will never read
    }
    timer_.cancel();
  }

  asio::awaitable<void> unwatch() {
    boost::system::error_code ignored;
    if (watching_) socket().cancel(ignored);
    while (watching_) {
      timer_.expires_at(Clock::time_point::max());
      co_await timer_.async_wait(kToken);
    }
  }

  void note_abort() {
    if (!gone_) noticed_ = Clock::now();  // a failed write told us
    auto& stats = core_.stats;
    ++stats.aborted;
    stats.last_abort_delay_us =
        std::chrono::duration_cast<std::chrono::microseconds>(noticed_ - last_write_).count();
    stats.last_abort_unix_us = unix_us();
  }

  void charge(Prepared const& prepared, std::uint64_t call, bool whole) {
    auto const usage = prepared.produced(tokens_);
    core_.ledger.add({prepared.api, call, prepared.model, usage, prepared.cost(usage), whole});
  }

  void reset() {
    boost::system::error_code ignored;
    socket().set_option(asio::socket_base::linger(true, 0), ignored);
    socket().close(ignored);
  }

  Stream stream_;
  asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  Core& core_;
  AnswerCache& cache_;
  Counted open_;
  std::string out_, body_, head_lines_;
  Clock::time_point last_write_{}, noticed_{};
  std::int64_t tokens_ = 0;
  bool keep_alive_ = true;
  bool watching_ = false;
  bool gone_ = false;
};

}  // namespace

asio::awaitable<void> serve(tcp::socket socket, asio::ssl::context* tls, Core& core, AnswerCache& cache) {
  boost::system::error_code ignored;
  socket.set_option(tcp::no_delay(true), ignored);
  if (tls == nullptr) {
    auto session = std::make_unique<Session<tcp::socket>>(std::move(socket), core, cache);
    co_await session->run();
    co_return;
  }
  using Tls = asio::ssl::stream<tcp::socket>;
  Tls stream(std::move(socket), *tls);
  auto session = std::make_unique<Session<Tls>>(std::move(stream), core, cache);
  co_await session->run();
}

}  // namespace tsg::sim
