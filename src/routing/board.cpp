#include "tsg/routing/board.hpp"

#include <algorithm>

#include "tsg/routing/random.hpp"

namespace tsg::routing {

View Endpoint::view(SteadyTime now) const noexcept {
  constexpr auto relaxed = std::memory_order_relaxed;
  View v;
  v.ttfb_us = ttfb_us_.load(relaxed);
  v.in_flight = in_flight_.load(relaxed);
  v.remaining = remaining_.load(relaxed);
  if (checks_.down()) {  // whatever requests met: nobody has to meet it again
    v.standing = Standing::open;
    v.until_ms = checks_.until(now).count();
    return v;
  }
  auto const until = ill_until_.load(relaxed);
  if (until == 0) return v;
  auto const left = SteadyTime{std::chrono::nanoseconds{until}} - now;
  if (left.count() > 0) {
    v.standing = cooling_.load(relaxed) ? Standing::cooling : Standing::open;
    v.until_ms = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  } else if (!cooling_.load(relaxed)) {
    v.standing = probe_free_.load(relaxed) ? Standing::probe : Standing::open;
  }
  return v;
}

// Called under the lock, after every change.
void Endpoint::publish(SteadyTime now) noexcept {
  auto const standing = health_.standing(now);
  auto const wait = health_.until(now);
  cooling_.store(standing == Standing::cooling, std::memory_order_relaxed);
  probe_free_.store(standing != Standing::open || wait.count() > 0, std::memory_order_relaxed);
  auto const until = (now + wait).time_since_epoch();
  ill_until_.store(standing == Standing::usable ? 0 : until.count(), std::memory_order_relaxed);
}

Endpoint::Permit Endpoint::begin(SteadyTime now, bool insist) noexcept {
  Permit permit;
  if (checks_.down()) {
    permit.granted = insist;
  } else if (ill_until_.load(std::memory_order_relaxed) != 0) {
    std::lock_guard const lock{mutex_};
    permit.probe = health_.take_probe(now);
    permit.granted = permit.probe || insist || health_.standing(now) == Standing::usable;
    publish(now);
  }
  if (permit.granted) in_flight_.fetch_add(1, std::memory_order_relaxed);
  return permit;
}

void Endpoint::end(Permit permit, Mark mark, std::optional<std::chrono::milliseconds> retry_after,
                   std::optional<std::chrono::microseconds> ttfb, SteadyTime now) noexcept {
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
  std::lock_guard const lock{mutex_};
  if (ttfb) {  // exponential average, a fifth of each new value
    auto const old = ttfb_us_.load(std::memory_order_relaxed),
               fresh = std::max<std::int64_t>(ttfb->count(), 1);
    ttfb_us_.store(old == 0 ? fresh : old + (fresh - old) / 5, std::memory_order_relaxed);
  }
  auto const before = health_.ejections();
  health_.note(mark, permit.probe, retry_after, now);
  totals_.ejections += std::max<std::int64_t>(health_.ejections() - before, 0);
  totals_.good += mark == Mark::success;
  totals_.bad += mark == Mark::failure;
  totals_.throttled += mark == Mark::throttled;
  totals_.refused += mark == Mark::refused;
  publish(now);
}

void Endpoint::checked(bool failed_before, SteadyTime now) noexcept {
  if (ill_until_.load(std::memory_order_relaxed) == 0) return;
  std::lock_guard const lock{mutex_};
  health_.checked(failed_before, now);
  publish(now);
}

Endpoint::Totals Endpoint::totals() const {
  std::lock_guard const lock{mutex_};
  return totals_;
}

std::size_t Board::Hash::operator()(Name const& name) const noexcept {
  return stable_hash(name.credential, stable_hash(name.model, stable_hash(name.provider)));
}

Endpoint& Board::endpoint(std::string_view provider, std::string_view model, std::string_view credential) {
  {
    std::shared_lock const lock{mutex_};
    if (auto const it = endpoints_.find(Name{provider, model, credential}); it != endpoints_.end())
      return *it->second;
  }
  std::unique_lock const lock{mutex_};
  if (endpoints_.size() >= names_max) model = "*";
  if (auto const it = endpoints_.find(Name{provider, model, credential}); it != endpoints_.end())
    return *it->second;
  auto made = std::make_unique<Endpoint>(std::string{provider}, std::string{model}, std::string{credential},
                                         rules_, checks_of(provider, credential));
  Name const own{made->provider(), made->model(), made->credential()};
  return *endpoints_.emplace(own, std::move(made)).first->second;
}

Checks& Board::checks_of(std::string_view provider, std::string_view credential) {
  auto& made = checks_[{std::string{provider}, std::string{credential}}];
  if (!made) made = std::make_unique<Checks>();
  return *made;
}

Checks& Board::checks(std::string_view provider, std::string_view credential) {
  std::unique_lock const lock{mutex_};
  return checks_of(provider, credential);
}

Checks::Noted Board::checked(std::string_view provider, std::string_view credential, Check const& check,
                             SteadyTime next, SteadyTime now, WallTime at) {
  auto const noted = checks(provider, credential).note(check, next, at);
  if (check.result == Check::Result::failed) return noted;
  std::shared_lock const lock{mutex_};
  for (auto const& [name, endpoint] : endpoints_)
    if (name.provider == provider && name.credential == credential)
      endpoint->checked(noted.failed_before, now);
  return noted;
}

RetryBudget& Board::retries(std::string_view provider) {
  {
    std::shared_lock const lock{mutex_};
    if (auto const it = retries_.find(provider); it != retries_.end()) return *it->second;
  }
  std::unique_lock const lock{mutex_};
  auto& made = retries_[std::string{provider}];
  if (!made) made = std::make_unique<RetryBudget>();
  return *made;
}

std::vector<Endpoint const*> Board::all() const {
  std::shared_lock const lock{mutex_};
  std::vector<Endpoint const*> out;
  for (auto const& [name, endpoint] : endpoints_) out.push_back(endpoint.get());
  return out;
}

}  // namespace tsg::routing
