// Writes what Refusals has counted: one record for each key and second.
#pragma once
#include "tsg/core/task.hpp"
#include "tsg/pipeline/services.hpp"

namespace tsg::pipeline {

// While it lives, somebody has counted requests that no record says yet: a shutdown waits for it.
class Unwritten {
 public:
  explicit Unwritten(Services& services) noexcept : count_{services.unwritten} { count_->fetch_add(1); }
  ~Unwritten() { count_->fetch_sub(1); }
  Unwritten(Unwritten const&) = delete;
  Unwritten& operator=(Unwritten const&) = delete;

 private:
  std::shared_ptr<std::atomic<int>> count_;  // a frame may be destroyed after the services
};

// Begun by whoever Refusals::note() told to; ends when nobody is beyond a rate any more.
Awaitable<> write_sums(Services& services, Executor executor);

}  // namespace tsg::pipeline
