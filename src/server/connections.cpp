// The connections of one worker, as the rest of the program holds them.
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "server/worker.hpp"
#include "tsg/core/log.hpp"

namespace tsg::server {
namespace {

// A connected socket on its way to its worker. Closes it, and uncounts it, if it never arrives.
class Passenger {
 public:
  Passenger(std::shared_ptr<Worker> worker, int fd, std::unique_ptr<Place> place)
      : worker_{std::move(worker)}, fd_{fd}, place_{std::move(place)} {
    worker_->open.fetch_add(1, std::memory_order_relaxed);
  }
  Passenger(Passenger&& other) noexcept
      : worker_{std::move(other.worker_)},
        fd_{std::exchange(other.fd_, -1)},
        place_{std::move(other.place_)} {}
  Passenger& operator=(Passenger&&) = delete;
  ~Passenger() {
    if (fd_ < 0) return;
    ::close(fd_);
    worker_->open.fetch_sub(1, std::memory_order_relaxed);
  }
  std::shared_ptr<Worker> const& worker() const noexcept { return worker_; }
  int fd() const noexcept { return fd_; }
  Place& place() const noexcept { return *place_; }
  std::unique_ptr<Place> arrived() noexcept {
    fd_ = -1;
    return std::move(place_);
  }

 private:
  std::shared_ptr<Worker> worker_;
  int fd_;
  std::unique_ptr<Place> place_;
};

void board(Passenger passenger, bool ipv6) {
  auto const worker = passenger.worker();
  if (passenger.place().leaving()) return;  // somebody else has its place already
  auto const executor = worker->io.get_executor();
  net::Socket socket{executor};
  net::error_code ec;
  socket.assign(ipv6 ? boost::asio::ip::tcp::v6() : boost::asio::ip::tcp::v4(), passenger.fd(), ec);
  if (ec) return;
  auto wire = std::make_shared<Wire>(std::shared_ptr<net::Ticker>{worker, &worker->ticker}, std::move(socket),
                                     worker->tls ? worker->tls->context() : nullptr);
  wire->place = passenger.arrived();
  wire->place->board(wire);
  auto ended = [](std::exception_ptr bug) {
    if (!bug) return;
    try {
      std::rethrow_exception(bug);
    } catch (std::exception const& e) {
      log::error("a connection ended by an exception: {}", {e.what()});
    }
  };
  boost::asio::co_spawn(executor, serve(worker, std::move(wire)), std::move(ended));
}

class WorkerConnections final : public ConnectionSet {
 public:
  WorkerConnections(boost::asio::io_context& io, Handler& handler, Settings settings,
                    std::shared_ptr<TlsContext> tls)
      : worker_{std::make_shared<Worker>(io, handler, std::move(settings))} {
    WorkerConnections::set_tls(std::move(tls));
  }
  ~WorkerConnections() override {
    worker_->ticker.stop();
    for (auto const& wire : worker_->wires()) wire->destroy();
  }

  void adopt(boost::asio::ip::tcp::socket::native_handle_type fd, bool ipv6,
             std::unique_ptr<Place> place) override {
    boost::asio::post(worker_->io, [passenger = Passenger{worker_, fd, std::move(place)}, ipv6]() mutable {
      board(std::move(passenger), ipv6);
    });
  }
  void set_tls(std::shared_ptr<TlsContext> context) override {
    worker_->secure = context != nullptr;
    worker_->tls = std::move(context);
  }
  void set_settings(Settings settings) override {
    worker_->settings = std::make_shared<Settings const>(std::move(settings));
  }
  std::size_t open() const noexcept override { return worker_->open.load(std::memory_order_relaxed); }
  std::size_t open_before_drain() const noexcept override {
    auto const late = worker_->late.load(std::memory_order_relaxed), all = open();
    return all > late ? all - late : 0;
  }
  bool secure() const noexcept override { return worker_->secure; }

  void drain(Latecomers latecomers) override {
    worker_->draining = true;
    worker_->latecomers = latecomers;
    auto const until = Steady::now() + worker_->settings->timeouts.drain_idle;
    for (auto const& wire : worker_->wires())
      if (wire->idle) wire->wait_no_longer_than(until);
  }
  void give_notice() override {
    for (auto const& wire : worker_->wires()) wire->give_notice();
  }
  void close_all() override {
    worker_->draining = true;
    for (auto const& wire : worker_->wires()) wire->kill();
  }

 private:
  std::shared_ptr<Worker> worker_;
};

}  // namespace

std::unique_ptr<ConnectionSet> make_connections(boost::asio::io_context& io, Handler& handler,
                                                Settings settings, std::shared_ptr<TlsContext> tls) {
  return std::make_unique<WorkerConnections>(io, handler, std::move(settings), std::move(tls));
}

}  // namespace tsg::server
