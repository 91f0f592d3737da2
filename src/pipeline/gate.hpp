// One worker's share of limits.requests_max: who is inside, and a short queue (RES-9). The newest is let in
// first: when there are more than we can serve, those who came last still have a client that waits. Not
// thread-safe. Health checks do not pass here, and the admin API has a thread and a port of its own.
#pragma once
#include <boost/asio/basic_waitable_timer.hpp>
#include <chrono>
#include <cstddef>
#include <list>
#include <memory>
#include <utility>

#include "tsg/core/clock.hpp"
#include "tsg/core/task.hpp"

namespace tsg::pipeline {

// Held by a shared_ptr: frames of a worker that is torn down outlive its handler.
class Gate : public std::enable_shared_from_this<Gate> {
 public:
  class Pass {  // a place inside; given to the next one when it dies
   public:
    Pass() = default;
    explicit Pass(std::shared_ptr<Gate> gate) noexcept : gate_{std::move(gate)} {}
    Pass(Pass&& o) noexcept = default;
    Pass& operator=(Pass&& o) noexcept {
      std::swap(gate_, o.gate_);
      return *this;
    }
    ~Pass() {
      if (gate_) gate_->leave();
    }

   private:
    std::shared_ptr<Gate> gate_;
  };

  // Errors: overloaded, after `patience` or when newer ones have filled the queue. At most as many wait as a
  // quarter of `most`.
  Task<Pass> enter(Executor executor, std::size_t most, std::chrono::milliseconds patience);

  std::size_t inside() const noexcept { return inside_; }
  std::size_t waiting() const noexcept { return waiting_.size(); }

 private:
  using Timer = boost::asio::basic_waitable_timer<Steady, boost::asio::wait_traits<Steady>, Executor>;
  struct Waiter {  // lives in the frame of enter(), and leaves the queue with it
    Waiter(std::shared_ptr<Gate> g, Executor executor) : gate{std::move(g)}, timer{executor} {
      gate->waiting_.push_back(this);
    }
    Waiter(Waiter const&) = delete;
    Waiter& operator=(Waiter const&) = delete;
    ~Waiter() { gate->waiting_.remove(this); }
    void wake() {
      gate->waiting_.remove(this);
      timer.cancel();
    }
    std::shared_ptr<Gate> gate;
    Timer timer;
    bool admitted = false, turned_away = false;
  };
  void leave() noexcept;

  std::size_t inside_ = 0;
  std::list<Waiter*> waiting_;  // oldest first
};

}  // namespace tsg::pipeline
