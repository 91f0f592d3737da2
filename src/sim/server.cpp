#include "server.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <stdexcept>
#include <thread>

#include "session.hpp"

namespace tsg::sim {
namespace {

namespace asio = boost::asio;
using tcp = asio::ip::tcp;

/// One thread's loop and its prepared answers. A connection stays on the worker that took it.
struct Worker {
  explicit Worker(Core& core) : cache(core.settings, core.prices) {}
  asio::io_context context{1};
  AnswerCache cache;
};

}  // namespace

struct Server::Impl {
  Impl(ServerOptions const& options, Core& c) : core(c) {
    for (unsigned i = 0; i < std::max(options.threads, 1U); ++i)
      workers.push_back(std::make_unique<Worker>(core));
    acceptor.emplace(workers.front()->context);
    tcp::endpoint const endpoint(asio::ip::make_address(options.address), options.port);
    acceptor->open(endpoint.protocol());
    acceptor->set_option(asio::socket_base::reuse_address(true));
    acceptor->bind(endpoint);
    acceptor->listen(4096);
    if (options.tls_certificate.empty() != options.tls_key.empty())
      throw std::runtime_error("--tls-cert and --tls-key go together");
    if (options.tls_certificate.empty()) return;
    tls.emplace(asio::ssl::context::tls_server);
    tls->use_certificate_chain_file(options.tls_certificate);
    tls->use_private_key_file(options.tls_key, asio::ssl::context::pem);
  }

  asio::awaitable<void> accept_all() {
    constexpr auto token = asio::as_tuple(asio::use_awaitable);
    for (std::size_t turn = 0;; ++turn) {
      auto& worker = *workers[turn % workers.size()];
      auto [ec, socket] = co_await acceptor->async_accept(worker.context, token);
      if (ec == asio::error::operation_aborted || ec == asio::error::bad_descriptor) co_return;
      if (ec) {  // most likely out of descriptors: let some close
        asio::steady_timer pause(workers.front()->context, std::chrono::milliseconds(50));
        co_await pause.async_wait(token);
        continue;
      }
      auto session = serve(std::move(socket), tls ? &*tls : nullptr, core, worker.cache);
      asio::co_spawn(worker.context, std::move(session), asio::detached);
    }
  }

  Core& core;
  std::vector<std::unique_ptr<Worker>> workers;
  std::optional<tcp::acceptor> acceptor;
  std::optional<asio::ssl::context> tls;
};

Server::Server(ServerOptions const& options, Core& core) : impl_(std::make_unique<Impl>(options, core)) {}

Server::~Server() = default;

std::uint16_t Server::port() const {
  return impl_->acceptor->local_endpoint().port();
}

void Server::run() {
  auto accepting = impl_->accept_all();
  asio::co_spawn(impl_->workers.front()->context, std::move(accepting), asio::detached);
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < impl_->workers.size(); ++i)
    threads.emplace_back([context = &impl_->workers[i]->context] {
      auto const work = asio::make_work_guard(*context);
      context->run();
    });
  impl_->workers.front()->context.run();
  for (auto& thread : threads) thread.join();
}

void Server::stop() {
  for (auto& worker : impl_->workers) worker->context.stop();
}

}  // namespace tsg::sim
