// From an origin to a connection that may carry a request.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "tsg/core/task.hpp"
#include "tsg/upstream/client.hpp"
#include "upstream/worker.hpp"

namespace tsg::upstream {

using Timer = boost::asio::basic_waitable_timer<Steady, boost::asio::wait_traits<Steady>, Executor>;

// A send() in progress, in its own frame; what Progress::pending points to. abort() closes whatever it waits
// for.
class Sending {
 public:
  explicit Sending(Client::Progress& progress) noexcept : progress_{progress} { progress.pending = this; }
  ~Sending() { progress_.pending = nullptr; }
  Sending(Sending const&) = delete;
  Sending& operator=(Sending const&) = delete;

  void abort() noexcept {
    aborted_ = true;
    if (connection) connection->close();
    if (timer != nullptr) timer->cancel();
  }
  bool aborted() const noexcept { return aborted_; }

  std::unique_ptr<Connection> connection;
  Timer* timer = nullptr;  // while waiting for a name

 private:
  Client::Progress& progress_;
  bool aborted_ = false;
};

// Fills sending.connection. Errors: provider_unavailable (503), provider_timeout (only if `total` passed),
// client_gone. Nothing has been sent in any of them.
Task<> dial(Worker& worker, Origin& origin, Sending& sending, SteadyTime until, SteadyTime total);

// How long one of `left` addresses may take: an even share, so that a black hole leaves time for the next,
// but two seconds at least where there are as many (the rule of Go's net.Dialer).
constexpr Steady::duration share(Steady::duration remaining, std::size_t left) noexcept {
  auto const even = remaining / static_cast<Steady::rep>(left == 0 ? 1 : left);
  Steady::duration const least = std::chrono::seconds{2};
  return even >= least ? even : (remaining < least ? remaining : least);
}

}  // namespace tsg::upstream
