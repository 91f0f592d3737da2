#include "pipeline/quota_line.hpp"

#include <algorithm>

namespace tsg::pipeline {

Awaitable<Quota::Answer> QuotaLine::wait(SteadyTime until) {
  entered_ = true;
  auto answer = quota_.enter(waiter_, clock_.steady(), clock_.wall());
  while (answer.in_line && !given_up_) {
    auto const now = clock_.steady();
    bool const known = answer.retry.count() > 0;  // else whoever ends next wakes us
    if (now >= until || (known && now + answer.retry > until)) break;
    waiter_->timer.expires_at(known ? now + answer.retry : until);
    (void)co_await waiter_->timer.async_wait(use_tuple);
    answer = quota_.look(*waiter_, clock_.steady(), clock_.wall());
  }
  if (!answer.granted()) answer = quota_.leave(*waiter_, clock_.steady(), clock_.wall());
  co_return answer;
}

}  // namespace tsg::pipeline
