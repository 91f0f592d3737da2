// Passive health of one endpoint: provider × model × credential. Pure: time is an argument, nothing locks.
// What several workers share is in board.hpp.
#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "tsg/core/clock.hpp"
#include "tsg/routing/rank.hpp"

namespace tsg::routing {

// What an attempt says about the endpoint. What the client did wrong says nothing.
enum class Mark : std::uint8_t {
  none,  // client's fault, client gone, our own refusal
  success,
  failure,    // server error, broken answer, timeout, not reached
  throttled,  // the provider's rate limit
  refused,    // our credential, or its wallet: this credential only
};

struct HealthRules {
  HealthRules() = default;
  std::chrono::milliseconds window{30'000};  // of the ratio, in ten slices
  std::int64_t volume_min = 10;              // attempts in the window before the ratio counts (RES-5)
  std::int64_t failure_percent = 50;
  std::int64_t consecutive = 5;                // outlier: so many failures in a row (RES-4)
  std::chrono::milliseconds open_base{5'000};  // times 2 with each ejection that follows a failed probe
  std::chrono::milliseconds open_most{60'000};
  std::int64_t probes = 1;                         // at a time while half open
  std::chrono::milliseconds cooldown_base{1'000};  // 429 without retry-after; times 2 while it lasts
  std::chrono::milliseconds cooldown_most{60'000};
  std::chrono::milliseconds refused{30'000};  // a bad credential is looked at again after this
};

class Health {
 public:
  explicit Health(HealthRules rules = {}) : rules_{rules} {}

  Standing standing(SteadyTime now) const noexcept;
  std::chrono::milliseconds until(SteadyTime now) const noexcept;  // of cooling and open; else 0
  // The right to send one request while half open. Every true is followed by exactly one note().
  bool take_probe(SteadyTime now) noexcept;
  // The end of an attempt. `probe`: it held a probe. `retry_after`: what the provider asked for.
  void note(Mark mark, bool probe, std::optional<std::chrono::milliseconds> retry_after,
            SteadyTime now) noexcept;

  // A health check got through. `failed_before`: those before it had not, so what opened the breaker is over,
  // and it closes. Else requests opened it for something that checks do not see: they may probe at once.
  void checked(bool failed_before, SteadyTime now) noexcept;

  std::int64_t ejections() const noexcept { return ejections_; }

 private:
  struct Slice {
    std::int64_t number = -1;  // of the slice of time; another one = empty
    std::int64_t good = 0, bad = 0;
  };
  Slice& slice(SteadyTime now) noexcept;
  bool too_many_failures(SteadyTime now) const noexcept;
  void open(SteadyTime now) noexcept;
  void close() noexcept;

  HealthRules rules_;
  std::array<Slice, 10> slices_{};
  std::int64_t in_a_row_ = 0, ejections_ = 0, throttles_ = 0, probing_ = 0;
  bool open_ = false;
  SteadyTime open_until_{}, cool_until_{};
};

}  // namespace tsg::routing
