#include "tsg/net/deadline.hpp"

#include <algorithm>

namespace tsg::net {

Deadline::Deadline(Ticker& ticker, std::function<void()> expired)
    : ticker_{ticker}, expired_{std::move(expired)} {}

Deadline::~Deadline() {
  if (listed_) ticker_.unlist(*this);
}

void Deadline::arm(SteadyTime at) noexcept {
  at_ = at;
  fired_ = false;
  if (!listed_) ticker_.list(*this);
  if (at < ticker_.wake_) ticker_.schedule(at);
}

// Stays listed: the usual life is arm, disarm, arm, and the next tick clears out who stayed disarmed.
void Deadline::disarm() noexcept {
  at_ = SteadyTime::max();
}

Ticker::Ticker(boost::asio::io_context& io)
    : timer_{io.get_executor()}, self_{std::make_shared<Ticker*>(this)} {}

Ticker::~Ticker() {
  stop();
  *self_ = nullptr;
}

void Ticker::stop() noexcept {
  stopped_ = true;
  wake_ = SteadyTime::min();  // arm() never schedules again
  timer_.cancel();
}

void Ticker::list(Deadline& deadline) noexcept {
  deadline.prev_ = nullptr;
  deadline.next_ = first_;
  if (first_ != nullptr) first_->prev_ = &deadline;
  first_ = &deadline;
  deadline.listed_ = true;
}

void Ticker::unlist(Deadline& deadline) noexcept {
  if (cursor_ == &deadline) cursor_ = deadline.next_;
  (deadline.prev_ != nullptr ? deadline.prev_->next_ : first_) = deadline.next_;
  if (deadline.next_ != nullptr) deadline.next_->prev_ = deadline.prev_;
  deadline.prev_ = deadline.next_ = nullptr;
  deadline.listed_ = false;
}

// The timer is set to the earliest deadline, rounded up to the tick so that neighbours share a wake-up.
// Deadlines are mostly moved further before they fall due, so it seldom fires and is seldom set.
void Ticker::schedule(SteadyTime at) {
  wake_ = at;
  if (ticking_) return;  // tick() sets the timer when it has seen all
  auto const ticks = (at.time_since_epoch() + kTick - Steady::duration{1}) / kTick;
  timer_.expires_at(SteadyTime{kTick * ticks});  // cancels an earlier wait
  timer_.async_wait([self = self_](boost::system::error_code const& ec) {
    if (!ec && *self != nullptr) (*self)->tick();
  });
}

void Ticker::tick() {
  if (stopped_) return;
  auto const now = Steady::now();
  ticking_ = true;
  wake_ = SteadyTime::max();
  cursor_ = first_;
  while (cursor_ != nullptr && !stopped_) {
    Deadline& deadline = *cursor_;
    cursor_ = deadline.next_;
    if (deadline.at_ > now) {
      if (deadline.at_ == SteadyTime::max())
        unlist(deadline);
      else
        wake_ = std::min(wake_, deadline.at_);
      continue;
    }
    deadline.at_ = SteadyTime::max();
    deadline.fired_ = true;
    unlist(deadline);
    deadline.expired_();
  }
  cursor_ = nullptr;
  ticking_ = false;
  if (!stopped_ && wake_ != SteadyTime::max()) schedule(wake_);
}

}  // namespace tsg::net
