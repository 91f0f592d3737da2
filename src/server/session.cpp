// The life of one connection, from its handshake to its end.

#include "server/exchange.hpp"
#include "tsg/core/log.hpp"

namespace tsg::server {
namespace {

// In the list, and counted, for as long as its coroutine exists: also when that is destroyed, not ended.
class Membership {
 public:
  Membership(std::shared_ptr<Worker> worker, std::shared_ptr<Wire> wire)
      : worker_{std::move(worker)}, wire_{std::move(wire)} {
    worker_->link(*wire_);
    wire_->late = worker_->draining && worker_->latecomers == Latecomers::refuse;
    if (wire_->late) worker_->late.fetch_add(1, std::memory_order_relaxed);
  }
  ~Membership() {
    wire_->stream().close();
    worker_->unlink(*wire_);
    if (wire_->late) worker_->late.fetch_sub(1, std::memory_order_relaxed);
    worker_->open.fetch_sub(1, std::memory_order_relaxed);
    wire_->place.reset();
  }
  Membership(Membership const&) = delete;
  Membership& operator=(Membership const&) = delete;

 private:
  std::shared_ptr<Worker> worker_;
  std::shared_ptr<Wire> wire_;
};

boost::asio::ip::address address_of(net::Socket& socket) {
  net::error_code ec;
  return unmapped(socket.remote_endpoint(ec).address());
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
  Awaitable<bool> first_byte();
  Awaitable<Head> read_head();
  Awaitable<bool> answer(bool refused);  // true: another request may follow
  void renew_parser();

  Worker& worker_;
  Wire& wire_;
  std::shared_ptr<Settings const> settings_;
  boost::asio::ip::address peer_;
  SteadyTime started_at_;
  bool fresh_ = true;  // no request has come yet
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

// Between requests the next one is waited for patiently. A connection that has not asked for anything yet
// owes its first byte as soon as any head: silence is cheaper for a stranger than for us. During a drain too:
// a client that has just connected, or has just been told that the connection stays open, is about to send.
// Whatever is in the socket when its time is over is still answered.
Awaitable<bool> Session::first_byte() {
  for (;;) {
    auto const& timeouts = worker_.settings->timeouts;
    bool const last = worker_.draining && !wire_.late;
    wire_.idle = true;
    auto const wake = co_await wire_.more(Steady::now() + (last     ? timeouts.drain_idle
                                                           : fresh_ ? timeouts.head_read
                                                                    : timeouts.keep_alive_idle));
    wire_.idle = false;
    if (wake == Wake::data) co_return true;
    if (wake != Wake::late || !worker_.draining || wire_.stream().quiet()) co_return false;
  }
}

// After its first byte the head has one deadline, that progress does not move (slowloris, standards 8.4).
Awaitable<Head> Session::read_head() {
  if (wire_.unread().empty() && !co_await first_byte()) co_return Head::over;
  fresh_ = false;
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
  wire_.place->serve();
  Result<> result;
  try {
    if (!refused && (wire_.late || wire_.place->reserved())) {
      Error over{Errc::overloaded,
                 wire_.late ? "This server is shutting down and takes no new requests: try again."
                            : "This server has no place for another connection: try again shortly."};
      exchange.close_after();
      result = co_await worker_.handler.refuse(exchange, std::move(over));
    } else if (refused)
      result = co_await worker_.handler.refuse(exchange, refusal_);
    else
      result = co_await worker_.handler.handle(exchange);
  } catch (std::exception const& bug) {
    log::error("a request handler threw: {}", {bug.what()});
    result = Error{Errc::internal};
  }
  exchange.unwatch_client();
  wire_.shrink();
  wire_.place->wait();
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
