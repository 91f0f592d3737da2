// Coarse deadlines: one timer per worker instead of one per operation. A deadline fires at most kTick late.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <memory>

#include "tsg/core/clock.hpp"
#include "tsg/core/task.hpp"

namespace tsg::net {

inline constexpr std::chrono::milliseconds kTick{20};

// Owns the worker's tick; sleeps for good while nothing is armed. Not thread-safe; outlives its deadlines.
class Ticker;

// One wait with a name. `expired` runs on the worker, at most once per arm(); it usually closes a socket, and
// the pending operation's owner then asks fired() to name the error (principle: rename at the source). It may
// arm, disarm and destroy any deadline, its own included (then it must not touch its captures any more).
class Deadline {
 public:
  Deadline(Ticker& ticker, std::function<void()> expired);
  ~Deadline();
  Deadline(Deadline const&) = delete;
  Deadline& operator=(Deadline const&) = delete;
  void arm(SteadyTime at) noexcept;  // replaces an earlier time; cheap: one store when already listed
  void disarm() noexcept;
  bool armed() const noexcept { return at_ != SteadyTime::max(); }
  bool fired() const noexcept { return fired_; }  // since the last arm()

 private:
  friend class Ticker;
  Ticker& ticker_;
  std::function<void()> expired_;
  SteadyTime at_{SteadyTime::max()};
  Deadline *prev_ = nullptr, *next_ = nullptr;
  bool fired_ = false, listed_ = false;
};

class Ticker {
 public:
  explicit Ticker(boost::asio::io_context& io);
  ~Ticker();
  Ticker(Ticker const&) = delete;
  Ticker& operator=(Ticker const&) = delete;
  void stop() noexcept;  // before the io_context ends

 private:
  friend class Deadline;
  void list(Deadline& deadline) noexcept;
  void unlist(Deadline& deadline) noexcept;
  void schedule(SteadyTime at);
  void tick();
  boost::asio::basic_waitable_timer<Steady, boost::asio::wait_traits<Steady>, Executor> timer_;
  std::shared_ptr<Ticker*> self_;  // a wait that outlives us finds it empty
  Deadline* first_ = nullptr;
  Deadline* cursor_ = nullptr;          // what tick() visits next; moved on by unlist()
  SteadyTime wake_{SteadyTime::max()};  // what the timer is set to
  bool ticking_ = false, stopped_ = false;
};

}  // namespace tsg::net
