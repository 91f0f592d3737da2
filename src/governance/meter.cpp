#include "tsg/governance/meter.hpp"

#include <algorithm>
#include <array>

#include "tsg/governance/gcra.hpp"

namespace tsg::governance {
namespace {

using LimitPtr = std::shared_ptr<AttachedLimit const>;
using std::chrono::milliseconds;

std::int64_t ns_of(SteadyTime t) noexcept {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(t.time_since_epoch()).count();
}

Rate per_minute(std::int64_t limit) noexcept {
  Rate rate;
  rate.limit = rate.burst = limit;  // a whole minute's worth may come at once
  return rate;
}

// A request that is larger than a whole minute's worth passes when the bucket is full; the correction then
// takes it below zero, by this one request at most (LIM-3).
std::int64_t clipped(std::int64_t cost, std::int64_t limit) noexcept {
  return std::min(cost, limit);
}

Error refused(AttachedLimit const& at, std::string_view what, std::int64_t limit, std::int64_t used,
              std::int64_t retry_ns, std::int64_t reset_ns, WallTime wall) {
  auto const scope = std::string{to_string(at.at.level)};
  Error error{Errc::rate_limited, "Rate limit reached for " + scope + " '" + at.at.id +
                                      (at.at.environment.empty() ? "" : "' in '" + at.at.environment) +
                                      "': " + std::string{what} + " " + std::to_string(limit) + "."};
  auto& d = error.details();
  d.rule = at.source + " " + std::string{what};
  d.retry_after =
      milliseconds{(retry_ns + 999'999) / 1'000'000};  // up: a millisecond early would be refused again
  LimitFacts facts;
  facts.scope = scope;
  facts.scope_id = at.at.id;
  facts.limit = std::to_string(limit);
  facts.used = std::to_string(used);
  facts.held = "0";
  facts.resets_at = to_rfc3339(WallTime{wall.ns + reset_ns});
  d.limit = std::move(facts);
  return error;
}

constexpr std::size_t kLevelsMax = 6;  // org, org+env, team, team+env, key, the key's own

struct Line {  // one bucket of one document
  std::optional<std::int64_t> limit;
  std::int64_t* tat;
  std::int64_t cost;
  std::string_view what;
  bool tokens;
};

// The tightest so far; becomes text once, when all have been seen.
class Tightest {
 public:
  void see(AttachedLimit const& at, Line const& line, Gcra const& g) noexcept {
    if (at_ && remaining_ <= g.remaining) return;
    at_ = &at;
    what_ = line.what;
    limit_ = *line.limit;
    remaining_ = g.remaining;
    reset_ns_ = g.reset_ns;
  }
  std::optional<Standing::Line> text() const {
    if (!at_) return std::nullopt;
    return Standing::Line{at_->source + " " + std::string{what_}, limit_, remaining_, reset_ns_};
  }

 private:
  AttachedLimit const* at_ = nullptr;
  std::string_view what_;
  std::int64_t limit_ = 0, remaining_ = 0, reset_ns_ = 0;
};

}  // namespace

std::string go_duration(std::int64_t ns) {
  auto const ms = std::max<std::int64_t>(0, (ns + 999'999) / 1'000'000);
  if (ms < 1000) return std::to_string(ms) + "ms";
  auto const seconds = ms / 1000, rest = ms % 1000;
  std::string out;
  if (seconds >= 3600) out += std::to_string(seconds / 3600) + "h";
  if (seconds >= 60) out += std::to_string(seconds / 60 % 60) + "m";
  out += std::to_string(seconds % 60);
  if (rest != 0) {
    auto digits = std::to_string(1000 + rest).substr(1);
    while (digits.back() == '0') digits.pop_back();
    out += '.' + digits;
  }
  return out + "s";
}

Lease::Lease(Lease&& other) noexcept
    : limits_{std::exchange(other.limits_, {})},
      charge_{other.charge_},
      standing_{other.standing_},
      tokens_refused_{std::move(other.tokens_refused_)},
      settled_{other.settled_} {}

Lease& Lease::operator=(Lease&& other) noexcept {
  if (this == &other) return *this;
  leave();
  limits_ = std::exchange(other.limits_, {});
  charge_ = other.charge_;
  standing_ = other.standing_;
  tokens_refused_ = std::move(other.tokens_refused_);
  settled_ = other.settled_;
  return *this;
}

Lease::~Lease() {
  leave();
}

void Lease::leave() noexcept {
  for (auto const& limit : limits_) {
    std::lock_guard const lock{limit->meter->mutex_};
    --limit->meter->running_;
  }
  limits_.clear();
}

Result<> Lease::check(Levels const& levels, Charge const& charge, SteadyTime now, WallTime wall) {
  auto lease = attempt(levels, charge, now, wall, false);
  if (!lease) return lease.error();
  return boost::system::in_place_value;
}

Result<Standing> Lease::look(Levels const& levels, Charge const& charge, SteadyTime now, WallTime wall) {
  auto lease = attempt(levels, charge, now, wall, false);
  if (!lease) return lease.error();
  return std::move(lease->standing_);
}

Result<Lease> Lease::take(Levels const& levels, Charge const& charge, SteadyTime now, WallTime wall) {
  return attempt(levels, charge, now, wall, true);
}

Result<Lease> Lease::attempt(Levels const& levels, Charge const& charge, SteadyTime now, WallTime wall,
                             bool take) {
  Lease lease;
  lease.charge_ = charge;
  std::array<LimitPtr const*, kLevelsMax> limits{};
  std::size_t count = 0;
  levels.each_limit([&](LimitPtr const& l) { limits.at(count++) = &l; });
  if (count == 0) return lease;

  // Locked from the widest level to the narrowest, which is one order for all requests.
  std::array<std::unique_lock<std::mutex>, kLevelsMax> locks;
  for (std::size_t i = 0; i < count; ++i) locks[i] = std::unique_lock{(*limits[i])->meter->mutex_};

  auto const at = ns_of(now);
  Tightest requests, tokens;
  std::array<std::array<std::int64_t, 3>, kLevelsMax> next{};
  for (std::size_t i = 0; i < count; ++i) {
    auto const& l = **limits[i];
    auto& m = *l.meter;
    if (l.value.concurrency && m.running_ >= *l.value.concurrency)
      return refused(l, "concurrency", *l.value.concurrency, m.running_, 1'000'000'000, 0, wall);
    std::array const lines{Line{l.value.requests_per_minute, &m.requests_, 1, "requests_per_minute", false},
                           Line{l.value.input_tokens_per_minute, &m.input_, charge.input_tokens,
                                "input_tokens_per_minute", true},
                           Line{l.value.output_tokens_per_minute, &m.output_, charge.output_tokens,
                                "output_tokens_per_minute", true}};
    for (std::size_t k = 0; k < lines.size(); ++k) {
      auto const& line = lines[k];
      next[i][k] = *line.tat;
      if (!line.limit) continue;
      auto const g = gcra(per_minute(*line.limit), *line.tat, at, clipped(line.cost, *line.limit));
      if (!g.allowed) {
        auto const free = gcra(per_minute(*line.limit), *line.tat, at, 0);
        auto full =
            refused(l, line.what, *line.limit, *line.limit - free.remaining, g.retry_ns, g.reset_ns, wall);
        if (!line.tokens || !charge.perhaps_replay) return full;
        if (!lease.tokens_refused_) lease.tokens_refused_ = std::move(full);
        continue;
      }
      next[i][k] = g.tat;
      (line.tokens ? tokens : requests).see(l, line, g);
    }
  }
  lease.standing_.requests = requests.text();
  lease.standing_.tokens = tokens.text();
  if (!take) return lease;
  if (lease.tokens_refused_) {  // of no level
    lease.charge_ = Charge{};
    lease.standing_.tokens.reset();
    for (std::size_t i = 0; i < count; ++i) {
      next[i][1] = (*limits[i])->meter->input_;
      next[i][2] = (*limits[i])->meter->output_;
    }
  }
  lease.limits_.reserve(count);
  for (std::size_t i = 0; i < count; ++i) lease.limits_.push_back(*limits[i]);
  for (std::size_t i = 0; i < count; ++i) {
    auto& m = *(*limits[i])->meter;
    m.requests_ = next[i][0];
    m.input_ = next[i][1];
    m.output_ = next[i][2];
    ++m.running_;
  }
  return lease;
}

Room Lease::count(Levels const& levels, Uncharged what, SteadyTime now) {
  std::array<AttachedLimit const*, kLevelsMax> limits{};
  std::size_t count = 0;
  levels.each_limit([&](LimitPtr const& l) {
    if (l->value.requests_per_minute) limits.at(count++) = l.get();
  });
  if (count == 0) return Room::unlimited;
  std::array<std::unique_lock<std::mutex>, kLevelsMax> locks;  // in the same order as for a charge
  for (std::size_t i = 0; i < count; ++i) locks[i] = std::unique_lock{limits[i]->meter->mutex_};
  auto const at = ns_of(now);
  auto const state = [what](AttachedLimit const& l) -> std::int64_t& {
    return what == Uncharged::aside ? l.meter->aside_ : l.meter->requests_;
  };
  std::array<std::int64_t, kLevelsMax> next{};
  for (std::size_t i = 0; i < count; ++i) {
    auto const g = gcra(per_minute(*limits[i]->value.requests_per_minute), state(*limits[i]), at, 1);
    if (!g.allowed) return Room::beyond;
    next[i] = g.tat;
  }
  for (std::size_t i = 0; i < count; ++i) state(*limits[i]) = next[i];
  return Room::within;
}

void Lease::settle(std::int64_t input_tokens, std::int64_t output_tokens, SteadyTime now) noexcept {
  if (std::exchange(settled_, true)) return;
  auto const at = ns_of(now);
  for (auto const& limit : limits_) {
    auto& m = *limit->meter;
    std::lock_guard const lock{m.mutex_};
    if (auto const n = limit->value.input_tokens_per_minute)
      m.input_ = corrected(per_minute(*n), m.input_, at, input_tokens - clipped(charge_.input_tokens, *n));
    if (auto const n = limit->value.output_tokens_per_minute)
      m.output_ =
          corrected(per_minute(*n), m.output_, at, output_tokens - clipped(charge_.output_tokens, *n));
  }
}

void Lease::undo(bool keep_request, SteadyTime now) noexcept {
  settle(0, 0, now);
  if (!keep_request) {
    auto const at = ns_of(now);
    for (auto const& limit : limits_) {
      std::lock_guard const lock{limit->meter->mutex_};
      if (auto const n = limit->value.requests_per_minute)
        limit->meter->requests_ = corrected(per_minute(*n), limit->meter->requests_, at, -1);
    }
  }
  leave();
}

}  // namespace tsg::governance
