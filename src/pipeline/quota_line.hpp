// One request's wait for our quota at a provider: a place in the line, as long as this object lives.
#pragma once
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>

#include "tsg/core/clock.hpp"
#include "tsg/core/task.hpp"
#include "tsg/pipeline/quota.hpp"

namespace tsg::pipeline {

class QuotaLine {
 public:
  QuotaLine(Quota& quota, config::Quota const& limits, std::string_view org, Quota::Charge charge,
            Clock const& clock, Executor executor)
      : quota_{quota}, clock_{clock}, waiter_{std::make_shared<Waiter>(limits, org, charge, executor)} {}
  QuotaLine(QuotaLine const&) = delete;
  QuotaLine& operator=(QuotaLine const&) = delete;
  // Whatever ended it: nobody stands in line, and no place is kept, for a request that is gone.
  ~QuotaLine() {
    if (claimed_ || !entered_) return;
    auto const now = clock_.steady();
    auto const wall = clock_.wall();
    if (quota_.leave(*waiter_, now, wall).granted())
      quota_.settle(waiter_->limits, waiter_->org, waiter_->charge, {}, now, wall);
  }

  // Granted, or what is full when it is `until`, or as soon as it is sure that it will be.
  Awaitable<Quota::Answer> wait(SteadyTime until);
  void claim() noexcept { claimed_ = true; }  // what was granted is somebody else's to give back
  void give_up() {                            // wait() ends with what it has; from the request's own worker
    given_up_ = true;
    waiter_->timer.cancel();
  }

 private:
  struct Waiter final : Quota::Waiter, std::enable_shared_from_this<Waiter> {
    Waiter(config::Quota const& l, std::string_view o, Quota::Charge c, Executor e)
        : Quota::Waiter{l, o, c}, timer{e} {}
    // By another worker's thread: the cancel is left on our own loop, after whatever runs there now.
    void wake() noexcept override {
      boost::asio::post(timer.get_executor(), [self = shared_from_this()] { self->timer.cancel(); });
    }
    boost::asio::basic_waitable_timer<Steady, boost::asio::wait_traits<Steady>, Executor> timer;
  };

  Quota& quota_;
  Clock const& clock_;
  std::shared_ptr<Waiter> waiter_;
  bool entered_ = false, claimed_ = false, given_up_ = false;
};

}  // namespace tsg::pipeline
