// One client connection: the stream, the bytes read from it and not yet used, and who waits for more.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string_view>

#include "server/places.hpp"
#include "tsg/http/parser.hpp"
#include "tsg/net/deadline.hpp"
#include "tsg/net/stream.hpp"

namespace tsg::server {

// Why more() came back.
enum class Wake : std::uint8_t {
  data,     // unread() is not empty
  end,      // EOF, reset or another end of the connection
  late,     // the time given has passed
  stopped,  // we close it: shutdown
};

// At most one read is pending. It is started by more() or, while a handler works, by watch(): what it brings
// then is the next request's beginning, and an EOF means that the client left (style pitfall 16). A read that
// brings nothing for a second gives its buffer back and waits for readiness instead, so that idle connections
// and long streams hold none.
class Wire final : public Guest, public std::enable_shared_from_this<Wire> {
 public:
  // A pending read may be the last to hold the wire, so the wire holds the ticker.
  Wire(std::shared_ptr<net::Ticker> ticker, net::Socket socket,
       std::shared_ptr<boost::asio::ssl::context> tls);

  std::string_view unread() const noexcept { return {buffer_.get() + begin_, end_ - begin_}; }
  void consume(std::size_t bytes) noexcept;
  void want_large_reads() noexcept { capacity_wanted_ = kLarge; }  // for a body; until shrink()
  void shrink() noexcept { capacity_wanted_ = kSmall; }
  Awaitable<Wake> more(SteadyTime until);

  void watch(std::function<void()> gone);
  void unwatch() noexcept { gone_ = nullptr; }

  // All of both, or an error: `stalled()` says that the peer did not take it in time.
  Awaitable<> write(std::string_view head, std::string_view body, std::chrono::milliseconds limit,
                    net::error_code& ec);
  bool stalled() const noexcept { return stall_.fired(); }
  // A TLS handshake is a write in that it is cut off at its limit.
  Awaitable<> handshake(std::chrono::milliseconds limit, net::error_code& ec);
  // Ends our side; with `linger`, goes on discarding what the client still sends, so that it sees the answer
  // and not a reset (HTTP-13).
  Awaitable<> finish(bool linger);

  void wait_no_longer_than(SteadyTime until);  // for what more() is waiting for now
  void give_notice();                          // tell the watcher; the connection stays as it is
  void kill();     // close, and tell the watcher; more() returns `stopped`, now and from now on
  void destroy();  // close, and destroy the waiting coroutine without resuming it
  void make_way(std::shared_ptr<Guest> self) noexcept override;

  net::Stream& stream() noexcept { return stream_; }
  bool idle = false;  // between requests
  bool late = false;  // accepted after the drain began
  std::unique_ptr<Place> place;
  std::unique_ptr<http::RequestParser> parser;  // here, so that an idle connection can let go of it
  Wire *prev = nullptr, *next = nullptr;        // the worker's list

 private:
  enum class Pending : std::uint8_t { none, read, readiness };
  using Waiter = boost::asio::async_result<boost::asio::use_awaitable_t<Executor>, void(Wake)>::handler_type;
  static constexpr std::size_t kSmall = 8'192, kLarge = 65'536;

  void give_way();
  void read();
  void read_done(net::error_code const& ec, std::size_t bytes);
  void wait_readable();
  void ended();
  void cool();
  void wake(Wake why);

  std::shared_ptr<net::Ticker> ticker_;
  net::Stream stream_;
  net::Deadline late_, cool_, stall_;
  std::unique_ptr<char[]> buffer_;
  std::size_t begin_ = 0, end_ = 0, capacity_ = 0, capacity_wanted_ = kSmall;
  std::optional<Waiter> waiter_;
  std::function<void()> gone_;
  Pending pending_ = Pending::none;
  bool ended_ = false, stopped_ = false, cooling_ = false, writing_ = false;
};

}  // namespace tsg::server
