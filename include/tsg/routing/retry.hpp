// What follows a failed attempt: who may be asked next, after what wait, and what it says about the endpoint.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>

#include "tsg/core/error.hpp"
#include "tsg/routing/health.hpp"
#include "tsg/routing/random.hpp"

namespace tsg::routing {

enum class Failed : std::uint8_t { encode, dial, write, head, body };  // the stage the attempt ended in

struct Verdict {
  Mark mark = Mark::none;
  bool other_target = false;      // somebody else may be asked, at once
  bool other_credential = false;  // the same provider and model under another of our keys
  bool same_again = false;        // the very same endpoint, after a wait
};
// `status`: of the provider's answer, 0 = none. `routed`: the client named a route, so the model is our
// choice.
Verdict may_retry(Failed stage, Error const& error, int status, bool routed) noexcept;

// Full jitter with the provider's wish as the least (RES-1). `round`: how often this endpoint has failed,
// from 1.
std::chrono::milliseconds back_off(int round, std::optional<std::chrono::milliseconds> retry_after,
                                   Random& random) noexcept;

// Second requests at one provider for the same client request, as a share of its first ones (RES-3): every
// first one pays in a fifth of a token, every second one costs a whole. Failing over to another provider is a
// first request there and is free. Thread-safe.
class RetryBudget {
 public:
  void first() noexcept;
  bool second() noexcept;  // false: none left
  std::int64_t tokens() const noexcept { return milli_.load(std::memory_order_relaxed) / 1000; }

 private:
  static constexpr std::int64_t pay_in = 200, price = 1'000, most = 20'000;
  std::atomic<std::int64_t> milli_{10 * price};  // a quiet provider may be asked again, too
};

}  // namespace tsg::routing
