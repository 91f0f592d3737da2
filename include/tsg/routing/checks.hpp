// What active health checks say of a provider under one credential: all its models share it. Pure but for
// the lock: time is an argument. Who asks, and when, is src/pipeline/health_checks.cpp.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <string_view>

#include "tsg/core/clock.hpp"

namespace tsg::routing {

// How one check ended.
struct Check {
  enum class Result : std::uint8_t {
    alive,    // any answer below 500: also 404 of a path that is not there, and 429
    refused,  // 401 or 403: the credential is not welcome, the provider is there
    failed,   // 5xx, not reached, not in time
  };
  Check() = default;
  Result result = Result::failed;
  int status = 0;   // 0 = no answer
  std::string why;  // of a failure, for people
  std::chrono::microseconds took{0};
};

class Checks {
 public:
  static constexpr std::int64_t down_after = 2;  // failures in a row: one is an accident

  enum class State : std::uint8_t { unknown, up, refused, down };
  struct Noted {
    bool changed = false;        // the state is another one now
    bool failed_before = false;  // the check before this one failed
    State state = State::unknown;
  };
  // `next`: when the next one is due.
  Noted note(Check const& check, SteadyTime next, WallTime at);
  void forget();  // no longer configured: says nothing any more

  // Read without the lock, for every ranking.
  bool down() const noexcept { return next_.load(std::memory_order_relaxed) != 0; }
  // Of a provider that is down: until it is looked at again.
  std::chrono::milliseconds until(SteadyTime now) const noexcept;

  struct View {
    State state = State::unknown;
    Check last;
    WallTime at;
    std::int64_t good = 0, failed = 0, in_a_row = 0;  // in_a_row: failures
  };
  View view() const;

 private:
  mutable std::mutex mutex_;
  View view_;
  std::atomic<std::int64_t> next_{0};  // steady nanoseconds; 0 = not down
};

std::string_view to_string(Checks::State state) noexcept;

}  // namespace tsg::routing
