// The connections of one worker, as the rest of the program holds them.
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "server/worker.hpp"

namespace tsg::server {
namespace {

// A connected socket on its way to its worker. Closes it, and uncounts it, if it never arrives.
class Passenger {
 public:
  Passenger(std::shared_ptr<Worker> worker, int fd) : worker_{std::move(worker)}, fd_{fd} {
    worker_->open.fetch_add(1, std::memory_order_relaxed);
  }
  Passenger(Passenger&& other) noexcept
      : worker_{std::move(other.worker_)}, fd_{std::exchange(other.fd_, -1)} {}
  Passenger& operator=(Passenger&&) = delete;
  ~Passenger() {
    if (fd_ < 0) return;
    ::close(fd_);
    worker_->open.fetch_sub(1, std::memory_order_relaxed);
  }
  std::shared_ptr<Worker> const& worker() const noexcept { return worker_; }
  int fd() const noexcept { return fd_; }
  void arrived() noexcept { fd_ = -1; }

 private:
  std::shared_ptr<Worker> worker_;
  int fd_;
};

void board(Passenger passenger, bool ipv6) {
  auto const worker = passenger.worker();
  auto const executor = worker->io.get_executor();
  net::Socket socket{executor};
  net::error_code ec;
  socket.assign(ipv6 ? boost::asio::ip::tcp::v6() : boost::asio::ip::tcp::v4(), passenger.fd(), ec);
  if (ec) return;
  auto wire = std::make_shared<Wire>(std::shared_ptr<net::Ticker>{worker, &worker->ticker}, std::move(socket),
                                     worker->tls ? worker->tls->context() : nullptr);
  passenger.arrived();
  auto ended = [](std::exception_ptr bug) {
    if (!bug) return;
    try {
      std::rethrow_exception(bug);
    } catch (std::exception const& e) {
      spdlog::error("a connection ended by an exception: {}", e.what());
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

  void adopt(boost::asio::ip::tcp::socket::native_handle_type fd, bool ipv6) override {
    boost::asio::post(worker_->io, [passenger = Passenger{worker_, fd}, ipv6]() mutable {
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

  void drain() override {
    worker_->draining = true;
    // A request that is already in the socket is still answered, with Connection: close.
    for (auto const& wire : worker_->wires())
      if (wire->idle && wire->stream().quiet()) wire->interrupt();
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
