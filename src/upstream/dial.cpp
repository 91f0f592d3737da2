#include "upstream/dial.hpp"

#include <algorithm>
#include <utility>

namespace tsg::upstream {

namespace {

using boost::asio::ip::tcp;

constexpr std::chrono::milliseconds kNamePoll{10};  // only until a name's first answer

Error out_of_time(SteadyTime now, SteadyTime total, std::string log) {
  return now >= total ? timed_out(Wait::total, false) : not_reached(std::move(log));
}

// Null result with `why` set = not known in time.
Awaitable<std::shared_ptr<Addresses const>> wait_for_name(Worker& worker, Origin& origin, Sending& sending,
                                                          SteadyTime until, std::string& why) {
  Timer timer{worker.io.get_executor()};
  for (;;) {
    auto found = worker.resolver.find(origin.host, origin.port);
    if (found && !found->endpoints.empty()) co_return found;
    why = "name not resolved";
    if (found) why.append(": ").append(found->failure);
    if (sending.aborted() || Steady::now() >= until) co_return nullptr;
    timer.expires_after(kNamePoll);
    sending.timer = &timer;
    [[maybe_unused]] auto [ignored] = co_await timer.async_wait(use_tuple);
    sending.timer = nullptr;
  }
}

}  // namespace

Task<> dial(Worker& worker, Origin& origin, Sending& sending, SteadyTime until, SteadyTime total) {
  if (origin.tls && !origin.context) {
    auto context = worker.contexts.get(origin.ca_file);
    if (!context) co_return context.error();
    origin.context = std::move(*context);
  }
  until = std::min(until, total);
  std::string why;
  std::vector<tcp::endpoint> endpoints;
  if (origin.literal) {
    endpoints.emplace_back(*origin.literal, origin.port);
  } else {
    auto const found = co_await wait_for_name(worker, origin, sending, until, why);
    if (sending.aborted()) co_return Error{Errc::client_gone};
    if (!found) co_return out_of_time(Steady::now(), total, std::move(why));
    endpoints = found->endpoints;
  }
  for (std::size_t i = 0; i < endpoints.size(); ++i) {
    auto const now = Steady::now();
    if (now >= until)
      co_return out_of_time(now, total, why.empty() ? "dial deadline passed" : std::move(why));
    sending.connection =
        std::make_unique<Connection>(worker.io.get_executor(), worker.ticker, origin.context);
    auto& connection = *sending.connection;
    connection.expect(Wait::dial, now + share(until - now, endpoints.size() - i), total);
    why = co_await connection.connect(endpoints[i], origin.host, origin.literal.has_value(), origin.sessions);
    connection.relax();
    if (sending.aborted()) co_return Error{Errc::client_gone};
    if (connection.expired() == Wait::total) co_return timed_out(Wait::total, false);
    if (connection.expired() == Wait::dial) why = "dial deadline passed";
    if (why.empty()) co_return Result<>{};
  }
  co_return not_reached(std::move(why));
}

}  // namespace tsg::upstream
