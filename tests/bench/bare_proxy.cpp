// A proxy of Beast and Asio with no duty at all, for the table's row "bare beast": what our libraries need to
// move a request and its answer. tsg's figure minus this one is what governance, audit and money cost. One
// thread and one io_context per core, typed executors, one upstream connection per client connection: as lean
// as it gets without leaving the libraries. bare_proxy PORT UPSTREAM_PORT PATH_PREFIX; ended by a signal.
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Executor = asio::io_context::executor_type;
using Socket = asio::basic_stream_socket<asio::ip::tcp, Executor>;
using Acceptor = asio::basic_socket_acceptor<asio::ip::tcp, Executor>;
constexpr asio::use_awaitable_t<Executor> use_task;

asio::ip::tcp::endpoint loopback(char const* port) {
  return {asio::ip::address_v4::loopback(), static_cast<std::uint16_t>(std::atoi(port))};
}

asio::awaitable<void, Executor> serve(Socket client, asio::ip::tcp::endpoint upstream, std::string prefix) {
  Socket server{client.get_executor()};
  boost::beast::flat_buffer from_client, from_server;
  try {
    client.set_option(asio::ip::tcp::no_delay{true});
    co_await server.async_connect(upstream, use_task);
    server.set_option(asio::ip::tcp::no_delay{true});
    for (;;) {
      http::request<http::string_body> request;
      co_await http::async_read(client, from_client, request, use_task);
      request.target(prefix + std::string{request.target()});
      co_await http::async_write(server, request, use_task);
      http::response<http::string_body> response;
      co_await http::async_read(server, from_server, response, use_task);
      co_await http::async_write(client, response, use_task);
    }
  } catch (std::exception const&) {  // either side has gone
  }
}

asio::awaitable<void, Executor> listen(Acceptor& acceptor,
                                       std::vector<std::unique_ptr<asio::io_context>>& workers,
                                       asio::ip::tcp::endpoint upstream, std::string prefix) {
  for (std::size_t next = 0;; ++next) {
    auto& worker = *workers[next % workers.size()];
    Socket client{worker.get_executor()};
    co_await acceptor.async_accept(client, use_task);
    asio::co_spawn(worker.get_executor(), serve(std::move(client), upstream, prefix), asio::detached);
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "bare_proxy PORT UPSTREAM_PORT PATH_PREFIX\n";
    return 2;
  }
  std::vector<std::unique_ptr<asio::io_context>> workers;
  auto const cores = std::max(1u, std::thread::hardware_concurrency());
  for (unsigned i = 0; i < cores; ++i) workers.push_back(std::make_unique<asio::io_context>(1));
  Acceptor acceptor{workers.front()->get_executor(), loopback(argv[1])};
  asio::co_spawn(workers.front()->get_executor(), listen(acceptor, workers, loopback(argv[2]), argv[3]),
                 asio::detached);
  std::vector<std::thread> threads;
  for (auto& worker : workers)
    threads.emplace_back([&worker] {
      auto const work = asio::make_work_guard(*worker);
      worker->run();
    });
  for (auto& thread : threads) thread.join();
}
