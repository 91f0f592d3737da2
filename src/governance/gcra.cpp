#include "tsg/governance/gcra.hpp"

#include <algorithm>

namespace tsg::governance {
namespace {

__extension__ using Wide = __int128;

// One unit in nanoseconds, rounded up: never faster than the limit, and a burst is exactly so many units.
std::int64_t unit(Rate const& rate) noexcept {
  return (rate.period_ns + rate.limit - 1) / rate.limit;
}

// What is owed ends, because a provider's count may not: at 73 years, however often it is added to.
constexpr std::int64_t kFarthest = INT64_MAX / 2;

std::int64_t span(Rate const& rate, std::int64_t units) noexcept {
  constexpr std::int64_t kMost = INT64_MAX / 4;
  auto const product = static_cast<Wide>(units) * unit(rate);
  return static_cast<std::int64_t>(std::clamp<Wide>(product, -kMost, kMost));
}

std::int64_t room(Rate const& rate, std::int64_t ns) noexcept {
  return ns <= 0 ? 0 : ns / unit(rate);
}

}  // namespace

Gcra gcra(Rate const& rate, std::int64_t tat, std::int64_t now, std::int64_t cost) noexcept {
  Gcra out;
  out.tat = tat;
  if (rate.limit <= 0) {  // nothing passes, and waiting does not help
    out.retry_ns = out.reset_ns = rate.period_ns;
    return out;
  }
  auto const full = span(rate, rate.burst);
  auto const next = std::max(now, tat) + span(rate, cost);
  auto const at = next - full;
  out.allowed = now >= at;
  if (!out.allowed) {
    out.retry_ns = at - now;
    out.reset_ns = std::max<std::int64_t>(0, tat - now);
    return out;
  }
  out.tat = next;
  out.remaining = room(rate, full - (next - now));
  out.reset_ns = next - now;
  return out;
}

std::int64_t corrected(Rate const& rate, std::int64_t tat, std::int64_t now, std::int64_t units) noexcept {
  if (rate.limit <= 0 || units == 0) return tat;
  return std::min(std::max(now, tat) + span(rate, units), std::max(now, kFarthest));
}

}  // namespace tsg::governance
