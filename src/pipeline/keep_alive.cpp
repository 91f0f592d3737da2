#include "pipeline/keep_alive.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>

namespace tsg::pipeline {
namespace {

constexpr std::chrono::milliseconds kLookAgain{1'000};  // whether it may speak by now

}  // namespace

void KeepAlive::begin(std::function<Task<bool>()> speak) {
  if (silence_.count() == 0) return;
  speak_ = std::move(speak);
  wrote();
  wait(last_ + silence_);
}

void KeepAlive::end() noexcept {
  speak_ = nullptr;
  timer_.cancel();
}

// One timer for the whole stream: it is not moved with each event, but looks when it fires.
void KeepAlive::wait(SteadyTime until) {
  timer_.expires_at(until);
  timer_.async_wait([self = shared_from_this()](boost::system::error_code ec) {
    if (!ec && self->speak_) self->due();
  });
}

void KeepAlive::due() {
  auto const now = Steady::now();
  if (last_ + silence_ > now) return wait(last_ + silence_);
  if (!waiting_) return wait(now + silence_);
  speaking_ = true;
  auto said = [self = shared_from_this()](std::exception_ptr, Result<bool> spoke) {
    self->speaking_ = false;
    self->spoken_.cancel();
    if (!self->speak_ || !spoke) return;  // ended, or nobody is there any more
    if (*spoke) self->wrote();
    self->wait(*spoke ? self->last_ + self->silence_ : Steady::now() + std::min(self->silence_, kLookAgain));
  };
  boost::asio::co_spawn(executor_, speak_(), std::move(said));
}

Awaitable<> KeepAlive::spoken() {
  while (speaking_) {
    spoken_.expires_at(SteadyTime::max());
    co_await spoken_.async_wait(use_tuple);
  }
}

}  // namespace tsg::pipeline
