// One io_context, one thread, one set of connections, one upstream client: nothing of it is shared.
#pragma once
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <thread>

#include "tsg/pipeline/handler.hpp"
#include "tsg/server/server.hpp"
#include "tsg/upstream/make.hpp"

namespace tsg::app {

class Worker {
 public:
  Worker(pipeline::Services& services, upstream::Resolver& resolver, config::Config const& config,
         std::shared_ptr<server::TlsContext> tls);
  ~Worker();
  void start();
  void stop() { io.stop(); }
  void join();

  boost::asio::io_context io{1};
  std::unique_ptr<upstream::Client> client;
  std::unique_ptr<server::Handler> handler;
  std::unique_ptr<server::ConnectionSet> connections;

 private:
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_{io.get_executor()};
  std::thread thread_;
};

}  // namespace tsg::app
