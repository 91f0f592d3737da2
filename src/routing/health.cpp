#include "tsg/routing/health.hpp"

#include <algorithm>

namespace tsg::routing {
namespace {

using ms = std::chrono::milliseconds;

ms doubled(ms base, std::int64_t times, ms most) noexcept {
  auto const shift = std::min<std::int64_t>(times, 16);
  return std::min(base * (std::int64_t{1} << shift), most);
}

ms left(SteadyTime until, SteadyTime now) noexcept {
  return until > now ? std::chrono::ceil<ms>(until - now) : ms{0};
}

}  // namespace

Standing Health::standing(SteadyTime now) const noexcept {
  if (cool_until_ > now) return Standing::cooling;
  if (!open_) return Standing::usable;
  if (open_until_ > now) return Standing::open;
  return probing_ < rules_.probes ? Standing::probe : Standing::open;
}

ms Health::until(SteadyTime now) const noexcept {
  return std::max(left(cool_until_, now), open_ ? left(open_until_, now) : ms{0});
}

bool Health::take_probe(SteadyTime now) noexcept {
  if (standing(now) != Standing::probe) return false;
  ++probing_;
  return true;
}

Health::Slice& Health::slice(SteadyTime now) noexcept {
  auto const width = rules_.window / static_cast<std::int64_t>(slices_.size());
  auto const number = now.time_since_epoch() / width;
  auto& s = slices_[static_cast<std::size_t>(number) % slices_.size()];
  if (s.number != number) s = Slice{number, 0, 0};
  return s;
}

bool Health::too_many_failures(SteadyTime now) const noexcept {
  if (in_a_row_ >= rules_.consecutive) return true;
  auto const width = rules_.window / static_cast<std::int64_t>(slices_.size());
  auto const oldest = now.time_since_epoch() / width - static_cast<std::int64_t>(slices_.size()) + 1;
  std::int64_t good = 0, bad = 0;
  for (auto const& s : slices_) {
    if (s.number < oldest) continue;
    good += s.good;
    bad += s.bad;
  }
  return good + bad >= rules_.volume_min && bad * 100 >= (good + bad) * rules_.failure_percent;
}

void Health::open(SteadyTime now) noexcept {
  open_ = true;
  open_until_ = now + doubled(rules_.open_base, ejections_, rules_.open_most);
  ++ejections_;
}

void Health::close() noexcept {
  open_ = false;
  ejections_ = 0;
  in_a_row_ = 0;
  slices_.fill({});  // the past must not open it again at the first stumble
}

void Health::checked(bool failed_before, SteadyTime now) noexcept {
  if (!open_) return;
  if (failed_before) return close();
  open_until_ = std::min(open_until_, now);
}

void Health::note(Mark mark, bool probe, std::optional<ms> retry_after, SteadyTime now) noexcept {
  if (probe) --probing_;
  switch (mark) {
    case Mark::none:
      return;
    case Mark::success:
      throttles_ = 0;
      in_a_row_ = 0;
      if (open_) {
        // Only what was asked as a probe, or after the time was up, tells that it is well again: an answer
        // that had been under way when it was opened does not.
        if (probe) close();
        return;
      }
      ++slice(now).good;
      return;
    case Mark::failure:
      if (open_) {
        if (probe) open(now);
        return;
      }
      ++slice(now).bad;
      ++in_a_row_;
      if (too_many_failures(now)) open(now);
      return;
    case Mark::throttled: {
      auto const wait = retry_after.value_or(doubled(rules_.cooldown_base, throttles_, rules_.cooldown_most));
      ++throttles_;
      cool_until_ = std::max(cool_until_, now + wait);
      return;
    }
    case Mark::refused:
      cool_until_ = std::max(cool_until_, now + rules_.refused);
      return;
  }
}

}  // namespace tsg::routing
