#include "tsg/routing/retry.hpp"

#include <algorithm>

namespace tsg::routing {
namespace {

Verdict failed_over(Mark mark, bool same_again) noexcept {
  Verdict v;
  v.mark = mark;
  v.other_target = true;
  v.other_credential = true;
  v.same_again = same_again;
  return v;
}

}  // namespace

Verdict may_retry(Failed stage, Error const& error, int status, bool routed) noexcept {
  Verdict stop;
  switch (error.code()) {
    case Errc::unsupported_parameter:  // of this target; another may honour it
      stop.other_target = stage == Failed::encode;
      return stop;
    case Errc::provider_unavailable:
    case Errc::provider_timeout:
      return failed_over(Mark::failure, true);
    case Errc::provider_rate_limited:
      return failed_over(Mark::throttled, true);
    case Errc::provider_auth_failed:  // permanent until somebody mends it: never the same key again
    case Errc::provider_quota_exhausted:
      return failed_over(Mark::refused, false);
    case Errc::context_length_exceeded:  // the caller looks for a larger window
      stop.other_target = routed;
      return stop;
    case Errc::provider_rejected:
      // The model of a route is the operator's choice: that the provider has dropped it is not the client's
      // fault.
      if (routed && status == 404) {
        stop.mark = Mark::failure;
        stop.other_target = true;
      }
      return stop;
    default:
      return stop;
  }
}

std::chrono::milliseconds back_off(int round, std::optional<std::chrono::milliseconds> retry_after,
                                   Random& random) noexcept {
  constexpr std::int64_t base = 100, cap = 5'000;
  auto const ceiling = std::min(cap, base << std::clamp(round - 1, 0, 10));
  std::chrono::milliseconds const jitter{
      static_cast<std::int64_t>(random.below(static_cast<std::uint64_t>(ceiling) + 1))};
  return retry_after.value_or(std::chrono::milliseconds{0}) + jitter;
}

void RetryBudget::first() noexcept {
  auto now = milli_.load(std::memory_order_relaxed);
  while (now < most &&
         !milli_.compare_exchange_weak(now, std::min(now + pay_in, most), std::memory_order_relaxed)) {
  }
}

bool RetryBudget::second() noexcept {
  auto now = milli_.load(std::memory_order_relaxed);
  while (now >= price)
    if (milli_.compare_exchange_weak(now, now - price, std::memory_order_relaxed)) return true;
  return false;
}

}  // namespace tsg::routing
