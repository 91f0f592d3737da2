#include "tsg/upstream/client.hpp"

#include <utility>

#include "tsg/upstream/make.hpp"
#include "upstream/dial.hpp"
#include "upstream/exchange.hpp"
#include "upstream/request_head.hpp"

namespace tsg::upstream {

std::string_view to_string(Stage stage) noexcept {
  switch (stage) {
    case Stage::dial:
      return "dial";
    case Stage::write:
      return "write";
    case Stage::head:
      return "head";
    case Stage::body:
      return "body";
    case Stage::done:
      return "done";
  }
  return "?";
}

namespace {

class PooledClient final : public Client {
 public:
  PooledClient(boost::asio::io_context& io, Resolver& resolver, config::Timeouts timeouts)
      : worker_{std::make_shared<Worker>(io, resolver, timeouts)} {}
  ~PooledClient() override { worker_->stop(); }

  Task<std::unique_ptr<Exchange>> send(Request request, Deadlines deadlines, Progress& progress,
                                       store::Hold const&, store::AuditSlot const&) override {
    return exchange(http::Method::post, std::move(request), deadlines, progress);
  }
  Task<std::unique_ptr<Exchange>> get(Request request, Deadlines deadlines, Progress& progress) override {
    return exchange(http::Method::get, std::move(request), deadlines, progress);
  }
  void abort(Progress& progress) noexcept override {
    if (progress.pending != nullptr) static_cast<Sending*>(progress.pending)->abort();
  }
  PoolStats stats() const noexcept override { return worker_->stats(); }

 private:
  Task<std::unique_ptr<Exchange>> exchange(http::Method method, Request request, Deadlines deadlines,
                                           Progress& progress);
  std::shared_ptr<Worker> worker_;
};

// Head and body, on the connection at hand. False = the connection was dead before it could take the request:
// send it again on a fresh one.
Task<bool> write_request(Connection& c, bool reused, std::string_view head, std::string_view body,
                         Deadlines const& d) {
  c.expect(Wait::write, Steady::now() + d.first_byte, d.total);
  bool const written = co_await c.write(head, body);
  Failure failure;
  failure.reused = reused;
  failure.write_failed = !written;
  failure.ours = c.closed() || c.expired() != Wait::none;
  if (may_resend(failure)) co_return false;
  // Ours: nobody waits for an answer. Otherwise the peer may have answered before it had read all (413, 401)
  // and closed; what it said is still in our receive buffer, and better than "connection reset".
  if (failure.ours) co_return c.failure("write");
  co_return true;
}

Task<> read_head(Connection& c, std::string& early, Deadlines const& d) {
  c.expect(Wait::first_byte, Steady::now() + d.first_byte, d.total);
  while (!c.response().head_complete()) {  // interim 1xx are the parser's (pitfall 17)
    auto const read = co_await c.read(early);
    if (!read) co_return read.error();
  }
  c.relax();
  co_return Result<>{};
}

Task<std::unique_ptr<Exchange>> PooledClient::exchange(http::Method method, Request request,
                                                       Deadlines deadlines, Progress& progress) {
  auto const worker = worker_;
  auto& origin = worker->origin(*request.base, request.ca_file);
  auto const head =
      request_head(method, request.path, origin.fixed_lines, request.headers, request.body.size());
  if (!head) co_return head.error();

  Sending sending{progress};
  sending.connection = worker->take_idle(origin);
  for (bool sent = false; !sent;) {
    progress.reused = sending.connection != nullptr;
    if (!progress.reused) {
      progress.stage = Stage::dial;
      auto const dialled =
          co_await dial(*worker, origin, sending, Steady::now() + deadlines.dial, deadlines.total);
      if (!dialled) co_return dialled.error();
    }
    progress.stage = Stage::write;
    auto const written =
        co_await write_request(*sending.connection, progress.reused, *head, request.body, deadlines);
    if (!written) co_return written.error();
    sent = *written;
    if (sent) continue;
    sending.connection.reset();  // the next round dials, so there is no third
    progress.resent = true;
  }

  progress.stage = Stage::head;
  std::string early;
  auto const answered = co_await read_head(*sending.connection, early, deadlines);
  if (!answered) co_return answered.error();
  progress.stage = Stage::body;
  std::unique_ptr<Exchange> live = std::make_unique<LiveExchange>(
      worker, origin, std::move(sending.connection), std::move(early), deadlines, progress.reused);
  co_return live;
}

}  // namespace

std::unique_ptr<Client> make_client(boost::asio::io_context& io, Resolver& resolver,
                                    config::Timeouts timeouts) {
  return std::make_unique<PooledClient>(io, resolver, timeouts);
}

}  // namespace tsg::upstream
