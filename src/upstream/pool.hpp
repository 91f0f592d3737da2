// What to do with a connection, decided without I/O: may it be kept, may its request be sent again, which
// idle one comes next. Time is an argument.
#pragma once
#include <cstddef>
#include <deque>
#include <optional>
#include <utility>

#include "tsg/core/clock.hpp"

namespace tsg::upstream {

// How an exchange ended, as far as the connection's next use is concerned.
struct Ending {
  bool complete = false;      // the whole response was read, by its own framing
  bool keep_alive = false;    // ... and that framing and the peer allow another one
  bool surplus = false;       // bytes after the response: a desynchronised or hostile peer (standards 8.2)
  bool write_failed = false;  // part of our request is still owed
  bool open = false;          // neither side has closed it, as far as we know
};
constexpr bool may_keep(Ending const& e) noexcept {
  return e.complete && e.keep_alive && !e.surplus && !e.write_failed && e.open;
}

// How an attempt failed. All our requests are POST: not idempotent, and each one costs money.
struct Failure {
  bool reused = false;        // the connection came from the pool, so it may have been dead before we wrote
  bool write_failed = false;  // the write ended with an error of the peer, before its last byte was taken
  bool response_started = false;  // any byte came back
  bool ours = false;              // we closed it: a deadline, or the client left
};
// Pitfall 18. A write that failed never handed over its last byte, so the peer holds an incomplete message
// (Content-Length) and cannot have acted on it. Once the write has succeeded nothing proves that, not even an
// EOF without one byte of answer: the provider may have run the model and died. Then the money may be spent
// and the error says so (`dispatched`).
constexpr bool may_resend(Failure const& f) noexcept {
  return f.reused && f.write_failed && !f.response_started && !f.ours;
}

// Idle connections of one origin. Last in, first out: the warmest is reused and the rest age out together.
template <class T>
class IdleList {
 public:
  explicit IdleList(std::size_t max) : max_{max} {}

  // `expires` never decreases from call to call. Full: the oldest makes room.
  void put(T item, SteadyTime expires) {
    if (max_ == 0) return;
    if (items_.size() == max_) items_.pop_front();
    items_.emplace_back(expires, std::move(item));
  }
  std::optional<T> take(SteadyTime now) {
    if (items_.empty() || items_.back().first <= now) return std::nullopt;
    std::optional<T> item{std::move(items_.back().second)};
    items_.pop_back();
    return item;
  }
  void expire(SteadyTime now) {
    while (!items_.empty() && items_.front().first <= now) items_.pop_front();
  }
  SteadyTime next_expiry() const noexcept {
    return items_.empty() ? SteadyTime::max() : items_.front().first;
  }
  std::size_t size() const noexcept { return items_.size(); }
  void clear() noexcept { items_.clear(); }

 private:
  std::deque<std::pair<SteadyTime, T>> items_;
  std::size_t max_;
};

}  // namespace tsg::upstream
