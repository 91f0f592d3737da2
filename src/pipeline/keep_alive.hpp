// Something for the client while its provider is silent (SSE-4): proxies and SDKs take a connection without a
// byte for a dead one. Runs on the stream's worker; the owner tells when it waits and when it has written, so
// that nothing is written by two at once.
#pragma once
#include <boost/asio/steady_timer.hpp>
#include <functional>
#include <memory>

#include "tsg/core/clock.hpp"
#include "tsg/core/task.hpp"

namespace tsg::pipeline {

class KeepAlive : public std::enable_shared_from_this<KeepAlive> {
 public:
  KeepAlive(Executor const& executor, std::chrono::milliseconds silence)
      : executor_{executor}, silence_{silence}, timer_{executor}, spoken_{executor} {}

  // `speak` writes, or says false: it may not yet. It is called after so much silence, only while the owner
  // listens, who then waits for spoken() before writing.
  void begin(std::function<Task<bool>()> speak);
  void end() noexcept;
  void wrote() noexcept { last_ = Steady::now(); }
  void listen() noexcept { waiting_ = true; }
  // What the owner listened for has come. True: spoken() first.
  bool stop_listening() noexcept {
    waiting_ = false;
    return speaking_;
  }
  Awaitable<> spoken();

 private:
  using Timer = boost::asio::basic_waitable_timer<Steady, boost::asio::wait_traits<Steady>, Executor>;
  void wait(SteadyTime until);
  void due();

  Executor executor_;
  std::chrono::milliseconds silence_;
  Timer timer_, spoken_;
  std::function<Task<bool>()> speak_;
  SteadyTime last_{};
  bool waiting_ = false, speaking_ = false;
};

}  // namespace tsg::pipeline
