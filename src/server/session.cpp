// The life of one connection, from its handshake to its end.
#include <spdlog/spdlog.h>

#include "server/exchange.hpp"

namespace tsg::server {
namespace {

// In the list, and counted, for as long as its coroutine exists: also when that is destroyed, not ended.
class Membership {
 public:
  Membership(std::shared_ptr<Worker> worker, std::shared_ptr<Wire> wire)
      : worker_{std::move(worker)}, wire_{std::move(wire)} {
    worker_->link(*wire_);
    wire_->late = worker_->draining;
    if (wire_->late) worker_->late.fetch_add(1, std::memory_order_relaxed);
  }
  ~Membership() {
    wire_->stream().close();
    worker_->unlink(*wire_);
    if (wire_->late) worker_->late.fetch_sub(1, std::memory_order_relaxed);
    worker_->open.fetch_sub(1, std::memory_order_relaxed);
  }
  Membership(Membership const&) = delete;
  Membership& operator=(Membership const&) = delete;

 private:
  std::shared_ptr<Worker> worker_;
  std::shared_ptr<Wire> wire_;
};

boost::asio::ip::address address_of(net::Socket& socket) {
  net::error_code ec;
  auto const address = socket.remote_endpoint(ec).address();
  if (address.is_v6() && address.to_v6().is_v4_mapped())
    return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address.to_v6());
  return address;
}

http::RequestLimits request_limits(Settings const& settings) {
  http::RequestLimits limits;
  limits.header_bytes_max = settings.limits.header_bytes;
  limits.body_bytes_max = settings.limits.body_bytes;
  return limits;
}

enum class Head : std::uint8_t { complete, refused, over };  // over: the connection ends without an answer

// What one connection carries from request to request.
class Session {
 public:
  Session(Worker& worker, Wire& wire)
      : worker_{worker}, wire_{wire}, settings_{worker.settings}, peer_{address_of(wire.stream().socket())} {}

  Awaitable<> run();

 private:
  Awaitable<Head> read_head();
  Awaitable<bool> answer(bool refused);  // true: another request may follow
  void renew_parser();

  Worker& worker_;
  Wire& wire_;
  std::shared_ptr<Settings const> settings_;
  boost::asio::ip::address peer_;
  SteadyTime started_at_;
  VersionScan version_;
  Error refusal_;
};

Awaitable<> Session::run() {
  if (wire_.stream().is_tls()) {
    net::error_code ec;
    co_await wire_.handshake(settings_->timeouts.tls_handshake, ec);
    if (ec) co_return;  // scanners and impatient clients: not worth a log line
  }
  for (;;) {
    auto const head = co_await read_head();
    if (head == Head::over) break;
    if (!co_await answer(head == Head::refused)) co_return;
  }
  co_await wire_.finish(false);
}

void Session::renew_parser() {
  if (wire_.parser && settings_ == worker_.settings) {
    wire_.parser->reset();
    return;
  }
  settings_ = worker_.settings;
  wire_.parser = std::make_unique<http::RequestParser>(request_limits(*settings_));
}

// The first byte is waited for patiently, the rest of the head against one deadline that progress does not
// move (slowloris, standards 8.4).
Awaitable<Head> Session::read_head() {
  if (wire_.unread().empty()) {
    // A late connection has one request answered: that nothing is served any more. Then it closes.
    if (worker_.draining && !wire_.late) co_return Head::over;
    wire_.idle = true;
    auto const wake = co_await wire_.more(Steady::now() + worker_.settings->timeouts.keep_alive_idle);
    wire_.idle = false;
    if (wake != Wake::data) co_return Head::over;
  }
  renew_parser();
  version_.reset();
  started_at_ = Steady::now();
  auto& parser = *wire_.parser;
  for (;;) {
    version_.feed(wire_.unread());
    auto const used = parser.feed(wire_.unread());
    if (!used) {
      refusal_ = used.error();
      co_return Head::refused;
    }
    wire_.consume(*used);
    if (parser.head_complete()) co_return Head::complete;
    auto const wake = co_await wire_.more(started_at_ + settings_->timeouts.head_read);
    if (wake == Wake::late) {
      refusal_ = Error{Errc::request_timeout, "the request head took too long"};
      co_return Head::refused;
    }
    if (wake != Wake::data) co_return Head::over;
  }
}

Awaitable<bool> Session::answer(bool refused) {
  static http::RequestHead const nothing;
  auto const& head = wire_.parser->head_complete() ? wire_.parser->head() : nothing;
  WireExchange exchange{worker_, wire_, *settings_, head, peer_, started_at_, version_.http10(), refused};
  Result<> result;
  try {
    if (wire_.late && !refused) {
      Error over{Errc::overloaded, "This server is shutting down and takes no new requests: try again."};
      result = co_await worker_.handler.refuse(exchange, std::move(over));
    } else if (refused)
      result = co_await worker_.handler.refuse(exchange, refusal_);
    else
      result = co_await worker_.handler.handle(exchange);
  } catch (std::exception const& bug) {
    spdlog::error("a request handler threw: {}", bug.what());
    result = Error{Errc::internal};
  }
  exchange.unwatch_client();
  wire_.shrink();
  if (result && exchange.keep_alive()) co_return true;
  if (exchange.complete()) {
    co_await wire_.finish(exchange.input_left() || !wire_.unread().empty());
    co_return false;
  }
  // The client must not take what it has for the whole: no last chunk, no close_notify, and where only the
  // end of the connection would delimit the body, a reset.
  if (exchange.eof_framed()) wire_.stream().reset();
  wire_.stream().close();
  co_return false;
}

}  // namespace

Awaitable<> serve(std::shared_ptr<Worker> worker, std::shared_ptr<Wire> wire) {
  Membership const member{worker, wire};
  Session session{*worker, *wire};
  co_await session.run();
}

}  // namespace tsg::server
