#include "upstream/worker.hpp"

#include <algorithm>
#include <utility>

#include "upstream/request_head.hpp"

namespace tsg::upstream {

namespace {

constexpr std::size_t kIdleMax = 256;  // per origin and worker; beyond it the oldest is closed

std::optional<boost::asio::ip::address> literal_address(std::string const& host) {
  boost::system::error_code ec;
  auto const address = boost::asio::ip::make_address(host, ec);
  return ec ? std::nullopt : std::optional{address};
}

}  // namespace

Origin::Origin(config::Url const& url, std::string_view extra_ca)
    : host{url.host},
      ca_file{extra_ca},
      port{url.port},
      tls{url.tls},
      literal{literal_address(host)},
      fixed_lines{upstream::fixed_lines(url.authority())},
      idle{kIdleMax} {}

Worker::Worker(boost::asio::io_context& io_context, Resolver& names, config::Timeouts timeouts)
    : io{io_context},
      resolver{names},
      ticker{io},
      idle_limit_{timeouts.upstream_idle},
      sweep_{ticker, [this] { sweep(); }} {}

Origin& Worker::origin(config::Url const& url, std::string_view ca_file) {
  for (auto const& known : origins_)
    if (known->is(url, ca_file)) return *known;
  return *origins_.emplace_back(std::make_unique<Origin>(url, ca_file));
}

std::unique_ptr<Connection> Worker::take_idle(Origin& origin) {
  auto const now = Steady::now();
  while (auto found = origin.idle.take(now)) {
    if ((*found)->stream().quiet()) return std::move(*found);
    // The peer closed it, or said something nobody asked for: dropped, the next may still be good.
  }
  origin.idle.expire(now);
  return nullptr;
}

void Worker::give_back(Origin& origin, std::unique_ptr<Connection> connection) {
  if (stopped_) return;
  connection->rest();
  auto const expires = Steady::now() + idle_limit_;
  origin.idle.put(std::move(connection), expires);
  if (!sweep_.armed()) sweep_.arm(expires);
}

void Worker::sweep() {
  auto const now = Steady::now();
  auto next = SteadyTime::max();
  for (auto const& origin : origins_) {
    origin->idle.expire(now);
    next = std::min(next, origin->idle.next_expiry());
  }
  if (next != SteadyTime::max()) sweep_.arm(next);
}

void Worker::stop() noexcept {
  stopped_ = true;
  for (auto const& origin : origins_) origin->idle.clear();
  ticker.stop();
}

PoolStats Worker::stats() const noexcept {
  PoolStats stats;
  for (auto const& origin : origins_) stats.idle += origin->idle.size();
  stats.busy = busy;
  return stats;
}

}  // namespace tsg::upstream
