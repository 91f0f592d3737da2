#include "tsg/pipeline/quota.hpp"

#include <algorithm>

#include "tsg/governance/gcra.hpp"

namespace tsg::pipeline {
namespace {

using governance::Gcra;
using governance::Rate;
using ms = std::chrono::milliseconds;

constexpr std::int64_t minute_ns = 60'000'000'000;
constexpr std::chrono::seconds active{60};  // an organisation counts for so long after its last request
constexpr std::int64_t day_ms = 86'400'000;

std::int64_t ns(SteadyTime t) noexcept {
  return t.time_since_epoch().count();
}

// A minute's worth may pass at one instant: that is how providers count.
Rate per_minute(std::int64_t limit) noexcept {
  return Rate{limit, minute_ns, limit};
}
std::int64_t part(std::int64_t limit, std::int64_t of) noexcept {
  return std::max<std::int64_t>(limit / of, 1);
}
ms wait_of(Gcra const& g) noexcept {
  return ms{g.retry_ns / 1'000'000 + 1};
}

// A limit by rate: the credential's own, and under pressure the organisation's fair part of it.
Quota::Answer rated(std::string_view name, std::int64_t limit, std::int64_t cost, std::int64_t all,
                    std::int64_t own, std::int64_t organisations, std::int64_t now) noexcept {
  if (limit == 0) return {};
  cost = std::min(cost, limit);  // more never passes; what is beyond is corrected at the end
  auto const whole = governance::gcra(per_minute(limit), all, now, cost);
  if (!whole.allowed) return {name, wait_of(whole), false};
  if (organisations < 2 || whole.remaining * 2 >= limit) return {};
  auto const fair = part(limit, organisations);
  auto const mine = governance::gcra(per_minute(fair), own, now, std::min(cost, fair));
  if (mine.allowed) return {};
  return {name, wait_of(mine), true};
}

// The state after `units` were taken, whatever was allowed.
void charge(std::int64_t& state, std::int64_t limit, std::int64_t units, std::int64_t now) noexcept {
  if (limit > 0) state = governance::corrected(per_minute(limit), state, now, units);
}

}  // namespace

Quota::Share& Quota::share_of(std::string_view org, SteadyTime now) {
  auto it = shares_.find(org);
  if (it == shares_.end()) {
    std::erase_if(shares_,
                  [&](auto const& s) { return s.second.running == 0 && s.second.seen + active < now; });
    it = shares_.emplace(std::string{org}, Share{}).first;
  }
  it->second.seen = now;
  return it->second;
}

void Quota::turn_day(WallTime wall) {
  auto const day = wall.ms() / day_ms;
  if (day == std::exchange(day_, day)) return;
  spent_ = Nano{};
  for (auto& [org, share] : shares_) share.spent = Nano{};
}

Quota::Answer Quota::take(config::Quota const& limits, std::string_view org, Charge const& charge_,
                          SteadyTime now, WallTime wall) {
  turn_day(wall);
  auto& mine = share_of(org, now);
  auto const n = static_cast<std::int64_t>(std::ranges::count_if(
      shares_, [&](auto const& s) { return s.second.running > 0 || s.second.seen + active >= now; }));
  auto const at = ns(now);
  for (auto const& r :
       {rated("requests_per_minute", limits.requests_per_minute, 1, requests_, mine.requests, n, at),
        rated("tokens_per_minute", limits.tokens_per_minute, charge_.tokens, tokens_, mine.tokens, n, at)})
    if (!r.granted()) return r;
  if (auto const most = limits.concurrency; most > 0) {
    bool const pressed = n > 1 && running_ * 2 >= most;
    if (running_ >= most) return {"concurrency", ms{0}, false};
    if (pressed && mine.running >= part(most, n)) return {"concurrency", ms{0}, true};
  }
  if (auto const most = limits.usd_per_day.v; most > 0) {
    bool const pressed = n > 1 && (spent_ + spent_).v >= most;
    ms const midnight{day_ms - wall.ms() % day_ms};
    if ((spent_ + charge_.cost).v > most) return {"usd_per_day", midnight, false};
    if (pressed && (mine.spent + charge_.cost).v > part(most, n)) return {"usd_per_day", midnight, true};
  }
  charge(requests_, limits.requests_per_minute, 1, at);
  charge(tokens_, limits.tokens_per_minute, charge_.tokens, at);
  charge(mine.requests, limits.requests_per_minute > 0 ? part(limits.requests_per_minute, n) : 0, 1, at);
  charge(mine.tokens, limits.tokens_per_minute > 0 ? part(limits.tokens_per_minute, n) : 0, charge_.tokens,
         at);
  ++running_;
  ++mine.running;
  spent_ += charge_.cost;
  mine.spent += charge_.cost;
  return {};
}

void Quota::settle(config::Quota const& limits, std::string_view org, Charge const& charged,
                   Charge const& used, SteadyTime now, WallTime wall) noexcept {
  std::lock_guard const lock{mutex_};
  auto const at = ns(now);
  charge(tokens_, limits.tokens_per_minute, used.tokens - charged.tokens, at);
  spent_ += used.cost - charged.cost;
  --running_;
  if (auto const it = shares_.find(org); it != shares_.end()) {
    auto const n = static_cast<std::int64_t>(shares_.size());
    if (limits.tokens_per_minute > 0)
      charge(it->second.tokens, part(limits.tokens_per_minute, n), used.tokens - charged.tokens, at);
    it->second.spent += used.cost - charged.cost;
    --it->second.running;
  }
  serve(nullptr, now, wall);
}

// Offers what there is to whose turn it is. Who has to wait for a rate learns how long, and looks again by
// itself then; those behind it are served by that look. `self`: whoever asks now needs no waking.
void Quota::serve(Waiter const* self, SteadyTime now, WallTime wall) {
  using Offer = Turns<Waiter>::Offer;
  constexpr ms worth_it{5};  // a look that comes so much sooner than it was going to
  line_.serve([&](Waiter& waiter) {
    auto& answer = waiter.answer_;
    answer = take(waiter.limits, waiter.org, waiter.charge, now, wall);
    bool wake = answer.granted();
    if (!answer.granted()) {
      answer.in_line = true;
      last_full_ = answer.full;
      auto const looks_at = answer.retry.count() > 0 ? now + answer.retry : SteadyTime::max();
      wake = looks_at < waiter.looks_at_ - worth_it;
      waiter.looks_at_ = looks_at;
    }
    if (wake && &waiter != self) waiter.wake();
    if (answer.granted()) return Offer::taken;
    return answer.own ? Offer::passed : Offer::kept;
  });
}

Quota::Answer Quota::enter(std::shared_ptr<Waiter> const& waiter, SteadyTime now, WallTime wall) {
  std::lock_guard const lock{mutex_};
  auto& answer = waiter->answer_;
  answer.full = last_full_;  // until it is the first of its organisation nobody can say more
  if (line_.size() >= waiting_most) return answer;
  answer.in_line = true;
  line_.add(waiter->org, waiter);
  serve(waiter.get(), now, wall);
  return answer;
}

Quota::Answer Quota::look(Waiter const& waiter, SteadyTime now, WallTime wall) {
  std::lock_guard const lock{mutex_};
  if (waiter.answer_.in_line) serve(&waiter, now, wall);
  return waiter.answer_;
}

Quota::Answer Quota::leave(Waiter const& waiter, SteadyTime now, WallTime wall) noexcept {
  std::lock_guard const lock{mutex_};
  if (line_.remove(waiter.org, waiter)) serve(&waiter, now, wall);
  return waiter.answer_;
}

void Quota::add_spent(Nano cost, WallTime wall) {
  std::lock_guard const lock{mutex_};
  turn_day(wall);
  spent_ += cost;
}

std::int64_t Quota::remaining_permille(config::Quota const& limits, SteadyTime now) const {
  std::lock_guard const lock{mutex_};
  std::int64_t least = 1000;
  auto const left = [&](std::int64_t limit, std::int64_t remaining) {
    if (limit > 0) least = std::min(least, std::max<std::int64_t>(remaining, 0) * 1000 / limit);
  };
  auto const at = ns(now);
  auto const of_rate = [&](std::int64_t limit, std::int64_t state) {
    if (limit > 0) left(limit, governance::gcra(per_minute(limit), state, at, 0).remaining);
  };
  of_rate(limits.requests_per_minute, requests_);
  of_rate(limits.tokens_per_minute, tokens_);
  left(limits.concurrency, limits.concurrency - running_);
  // In thousandths of a dollar: nano-dollars times a thousand would not fit.
  left(limits.usd_per_day.v / 1'000'000, (limits.usd_per_day - spent_).v / 1'000'000);
  return least;
}

Quota::State Quota::state(SteadyTime now, WallTime wall) const {
  std::lock_guard const lock{mutex_};
  State s;
  s.running = running_;
  s.waiting = static_cast<std::int64_t>(line_.size());
  s.organisations = static_cast<std::int64_t>(
      std::ranges::count_if(shares_, [&](auto const& e) { return e.second.seen + active >= now; }));
  if (day_ == wall.ms() / day_ms) s.spent_today = spent_;
  return s;
}

Quota& Quotas::of(std::string_view provider, std::string_view credential) {
  std::string name{provider};
  name += '/';
  name += credential;
  {
    std::shared_lock const lock{mutex_};
    if (auto const it = all_.find(name); it != all_.end()) return *it->second;
  }
  std::unique_lock const lock{mutex_};
  auto& made = all_[std::move(name)];
  if (!made) made = std::make_unique<Quota>();
  return *made;
}

}  // namespace tsg::pipeline
