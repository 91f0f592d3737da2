#include "tsg/routing/checks.hpp"

#include <algorithm>

namespace tsg::routing {

Checks::Noted Checks::note(Check const& check, SteadyTime next, WallTime at) {
  std::lock_guard const lock{mutex_};
  Noted noted;
  noted.failed_before = view_.in_a_row > 0;
  bool const failed = check.result == Check::Result::failed;
  view_.in_a_row = failed ? view_.in_a_row + 1 : 0;
  ++(failed ? view_.failed : view_.good);
  view_.last = check;
  view_.at = at;
  auto state = check.result == Check::Result::refused ? State::refused : State::up;
  if (failed) state = view_.in_a_row >= down_after ? State::down : view_.state;
  noted.changed = state != view_.state;
  noted.state = view_.state = state;
  auto const due = std::max<std::int64_t>(next.time_since_epoch().count(), 1);
  next_.store(state == State::down ? due : 0, std::memory_order_relaxed);
  return noted;
}

void Checks::forget() {
  std::lock_guard const lock{mutex_};
  view_ = View{};
  next_.store(0, std::memory_order_relaxed);
}

std::chrono::milliseconds Checks::until(SteadyTime now) const noexcept {
  auto const next = SteadyTime{std::chrono::nanoseconds{next_.load(std::memory_order_relaxed)}};
  using std::chrono::milliseconds;
  return next > now ? std::chrono::ceil<milliseconds>(next - now) : milliseconds{0};
}

Checks::View Checks::view() const {
  std::lock_guard const lock{mutex_};
  return view_;
}

std::string_view to_string(Checks::State state) noexcept {
  switch (state) {
    case Checks::State::unknown:
      return "unknown";
    case Checks::State::up:
      return "up";
    case Checks::State::refused:
      return "refused";
    case Checks::State::down:
      return "down";
  }
  return "?";
}

}  // namespace tsg::routing
