#include "app/worker.hpp"

#include "tsg/core/log.hpp"
#include "tsg/core/thread_name.hpp"

namespace tsg::app {

Worker::Worker(pipeline::Services& services, upstream::Resolver& resolver, config::Config const& config,
               std::shared_ptr<server::TlsContext> tls)
    : client{upstream::make_client(io, resolver, config.timeouts)},
      handler{pipeline::make_client_api(services, *client)} {
  server::Settings settings;
  settings.limits = config.limits;
  settings.timeouts = config.timeouts;
  connections = server::make_connections(io, *handler, std::move(settings), std::move(tls));
}

Worker::~Worker() {
  stop();
  join();
}

void Worker::start() {
  thread_ = std::thread{[this] {
    name_this_thread("tsg-worker");
    for (;;) {
      try {
        io.run();
        return;
      } catch (std::exception const& bug) {  // an exception in a handler is a bug; the others must live
        log::error("worker: {}", {bug.what()});
      }
    }
  }};
}

void Worker::join() {
  if (thread_.joinable()) thread_.join();
}

}  // namespace tsg::app
