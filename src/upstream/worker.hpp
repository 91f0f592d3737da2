// What a client, its sends and its exchanges share: one per worker. Held by shared_ptr, since coroutine
// frames with exchanges in them may be destroyed after the client, together with the io_context.
#pragma once
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string_view>
#include <vector>

#include "tsg/net/deadline.hpp"
#include "tsg/upstream/make.hpp"
#include "upstream/origin.hpp"

namespace tsg::upstream {

class Worker {
 public:
  Worker(boost::asio::io_context& io, Resolver& resolver, config::Timeouts timeouts);

  Origin& origin(config::Url const& url, std::string_view ca_file);  // stays for good: configured ones only
  std::unique_ptr<Connection> take_idle(Origin& origin);             // null: dial
  void give_back(Origin& origin, std::unique_ptr<Connection> connection);
  void stop() noexcept;  // closes what is idle; keeps nothing from now on
  PoolStats stats() const noexcept;

  boost::asio::io_context& io;
  Resolver& resolver;
  net::Ticker ticker;
  TlsContexts contexts;
  std::size_t busy = 0;  // exchanges alive

 private:
  void sweep();
  std::chrono::milliseconds idle_limit_;
  std::vector<std::unique_ptr<Origin>> origins_;  // few: found by comparing
  net::Deadline sweep_;
  bool stopped_ = false;
};

}  // namespace tsg::upstream
