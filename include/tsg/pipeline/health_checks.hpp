// Asks the providers that have a `health_check` whether they are there, and tells the board: a provider that
// is down is passed over before a request meets it, one that is back is used again at once. Not requests: no
// client, no cost, no record.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "tsg/pipeline/services.hpp"
#include "tsg/upstream/client.hpp"

namespace tsg::pipeline {

// Of one worker, on its loop, over its client's pool. Coroutine frames keep it alive. Destroy the last
// reference outside of them before the worker.
class HealthChecks : public std::enable_shared_from_this<HealthChecks> {
 public:
  // `services` and `client` live until the loop has stopped.
  HealthChecks(Services& services, upstream::Client& client, Executor executor)
      : services_{services}, client_{client}, executor_{executor} {}
  void start();  // before the loop runs
  void stop();   // any thread; running checks end without a say

 private:
  struct Target;  // one provider under one of its credentials
  struct Pause;
  using Targets = std::map<std::pair<std::string, std::string>, std::shared_ptr<Target>>;

  Awaitable<> run();
  Awaitable<> check(std::shared_ptr<Target> target);
  void follow_configuration(SteadyTime now);
  SteadyTime start_due(SteadyTime now);
  void tell(Target& target, routing::Check const& check);
  void wake();

  Services& services_;
  upstream::Client& client_;
  Executor executor_;
  Targets targets_;
  routing::Random random_{0};
  Pause* pause_ = nullptr;  // what run() waits on, while it does
  bool stopped_ = false, woken_ = false;
};

// From the end of one check to the next: an interval, a quarter more or less, so that a fleet does not ask in
// step. The first one comes within a quarter of an interval.
std::chrono::milliseconds check_pause(std::chrono::milliseconds interval, bool first,
                                      routing::Random& random) noexcept;
// What an answer's status says; 0 = there was none.
routing::Check::Result check_result(int status) noexcept;

}  // namespace tsg::pipeline
