#include "pipeline/gate.hpp"

#include <algorithm>

namespace tsg::pipeline {

Task<Gate::Pass> Gate::enter(Executor executor, std::size_t most, std::chrono::milliseconds patience) {
  if (inside_ < most) {
    ++inside_;
    co_return Pass{shared_from_this()};
  }
  Error full{Errc::overloaded, "This gateway serves as many requests as it can; try again shortly."};
  auto const room = std::max<std::size_t>(most / 4, 1);
  if (patience.count() == 0) co_return full;
  if (waiting_.size() >= room) {  // the oldest has waited longest in vain
    waiting_.front()->turned_away = true;
    waiting_.front()->wake();
  }
  Waiter self{shared_from_this(), executor};
  self.timer.expires_after(patience);
  while (!self.admitted && !self.turned_away && Steady::now() < self.timer.expiry())
    (void)co_await self.timer.async_wait(use_tuple);
  if (self.admitted) co_return Pass{shared_from_this()};  // its place was kept for us
  co_return full;
}

void Gate::leave() noexcept {
  if (waiting_.empty()) {
    --inside_;
    return;
  }
  waiting_.back()->admitted = true;
  waiting_.back()->wake();
}

}  // namespace tsg::pipeline
