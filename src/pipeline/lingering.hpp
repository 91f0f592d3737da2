// How long a plain answer is still read after its client has left (timeouts.abandoned_ms).
#pragma once
#include <atomic>
#include <boost/asio/basic_waitable_timer.hpp>
#include <functional>
#include <memory>

#include "tsg/core/clock.hpp"
#include "tsg/core/task.hpp"

namespace tsg::pipeline {

// One worker's; keeps itself alive while its timer runs, so that who waits for the answer may end first.
class Lingering : public std::enable_shared_from_this<Lingering> {
 public:
  // `stopping`: the grace of a shutdown is over, which ends the patience early. Outlives this object.
  Lingering(Executor const& executor, std::atomic<bool> const& stopping)
      : timer_{executor}, stopping_{stopping} {}

  // Calls `cut` once after `most`, unless end() comes first.
  void begin(std::chrono::milliseconds most, std::function<void()> cut);
  void end() noexcept;  // nothing is called any more

 private:
  void wait();

  boost::asio::basic_waitable_timer<Steady, boost::asio::wait_traits<Steady>, Executor> timer_;
  std::atomic<bool> const& stopping_;
  SteadyTime until_{};
  std::function<void()> cut_;
};

}  // namespace tsg::pipeline
