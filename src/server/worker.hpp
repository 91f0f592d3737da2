// What the connections of one worker share. Kept alive by every session, so that a coroutine destroyed late
// (with the io_context) still finds its ticker and its list.
#pragma once
#include <atomic>
#include <ctime>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "server/tls.hpp"
#include "server/wire.hpp"
#include "tsg/server/server.hpp"

namespace tsg::server {

class Worker {
 public:
  Worker(boost::asio::io_context& context, Handler& requests, Settings initial)
      : io{context},
        handler{requests},
        settings{std::make_shared<Settings const>(std::move(initial))},
        ticker{context} {}

  void link(Wire& wire) noexcept;
  void unlink(Wire& wire) noexcept;
  std::vector<std::shared_ptr<Wire>> wires() const;
  // "Tue, 24 Nov 2026 09:15:53 GMT", formatted once per second.
  std::string_view date();

  boost::asio::io_context& io;
  Handler& handler;
  std::shared_ptr<Settings const> settings;
  std::shared_ptr<TlsContext> tls;
  net::Ticker ticker;
  std::string scratch;  // the response head or chunk being built; whoever must wait takes it along
  std::atomic<std::size_t> open{0}, late{0};
  std::atomic<bool> secure{false};
  bool draining = false;
  Latecomers latecomers = Latecomers::refuse;

 private:
  Wire* first_ = nullptr;
  std::time_t date_at_ = -1;
  std::string date_;
};

// Serves one connection until it ends.
Awaitable<> serve(std::shared_ptr<Worker> worker, std::shared_ptr<Wire> wire);

}  // namespace tsg::server
