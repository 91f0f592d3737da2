#include "pipeline/lingering.hpp"

#include <algorithm>
#include <utility>

namespace tsg::pipeline {
namespace {

constexpr std::chrono::milliseconds kLook{100};  // at whether the gateway has to stop

}  // namespace

void Lingering::begin(std::chrono::milliseconds most, std::function<void()> cut) {
  until_ = Steady::now() + most;
  cut_ = std::move(cut);
  wait();
}

void Lingering::end() noexcept {
  cut_ = nullptr;
  timer_.cancel();
}

void Lingering::wait() {
  timer_.expires_at(std::min(until_, Steady::now() + kLook));
  timer_.async_wait([self = shared_from_this()](boost::system::error_code) {
    if (!self->cut_) return;  // ended; perhaps with the timer already due
    if (Steady::now() < self->until_ && !self->stopping_.load(std::memory_order_relaxed)) return self->wait();
    std::exchange(self->cut_, nullptr)();
  });
}

}  // namespace tsg::pipeline
