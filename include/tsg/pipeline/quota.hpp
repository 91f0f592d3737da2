// What we may ask of a provider under one of our credentials: requests and tokens per minute, requests at a
// time, money per day. Shared by all workers, and fairly by organisations. Thread-safe; limits are arguments,
// so that a reload acts on the next request.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>

#include "tsg/config/config.hpp"
#include "tsg/core/clock.hpp"
#include "tsg/core/money.hpp"
#include "tsg/pipeline/turns.hpp"

namespace tsg::pipeline {

class Quota {
 public:
  struct Charge {  // estimated before, known after
    Charge() = default;
    Charge(std::int64_t t, Nano c) : tokens{t}, cost{c} {}
    std::int64_t tokens = 0;
    Nano cost;
  };
  struct Answer {
    std::string_view full;               // "" = granted, else the limit that is full; static
    std::chrono::milliseconds retry{0};  // until the same request could pass; 0 = when another one ends
    bool own = false;      // what is full is the organisation's fair part: another one may still pass
    bool in_line = false;  // it waits
    bool granted() const noexcept { return full.empty(); }
  };
  static constexpr std::size_t waiting_most = 64;

  // One request that wants a place. Its maker keeps it until it has left or was granted.
  class Waiter {
   public:
    Waiter(config::Quota const& l, std::string_view o, Charge c) : limits{l}, org{o}, charge{c} {}
    virtual ~Waiter() = default;
    // Look again. Called by any thread, with the quota's lock held: leaves a word and returns.
    virtual void wake() noexcept = 0;
    config::Quota const limits;  // those of its request's configuration
    std::string const org;
    Charge const charge;

   private:
    friend class Quota;
    Answer answer_;  // under the quota's lock, both
    SteadyTime looks_at_ = SteadyTime::max();
  };

  // All limits or none, and nobody overtakes: first come, first served inside an organisation, and
  // organisations in turn. Not granted: it stands in line, unless `waiting_most` do, until it is granted or
  // leaves; it is woken when there may be room. Every grant is ended by settle(), exactly once.
  Answer enter(std::shared_ptr<Waiter> const& waiter, SteadyTime now, WallTime wall);
  // Serves the line, and says how `waiter` stands. `retry` 0 = it will be woken; else it looks again then.
  Answer look(Waiter const& waiter, SteadyTime now, WallTime wall);
  // Out of the line. Its last answer: it may have been granted in this moment.
  Answer leave(Waiter const& waiter, SteadyTime now, WallTime wall) noexcept;
  void settle(config::Quota const& limits, std::string_view org, Charge const& charged, Charge const& used,
              SteadyTime now, WallTime wall) noexcept;

  // What was spent today before this process began.
  void add_spent(Nano cost, WallTime wall);

  // Of the fullest limit, in thousandths; for ranking.
  std::int64_t remaining_permille(config::Quota const& limits, SteadyTime now) const;

  struct State {
    std::int64_t running = 0, waiting = 0, organisations = 0;
    Nano spent_today;
  };
  State state(SteadyTime now, WallTime wall) const;

 private:
  struct Share {                            // one organisation's part
    std::int64_t requests = 0, tokens = 0;  // GCRA states, at the fair part of the rate
    std::int64_t running = 0;
    Nano spent;
    SteadyTime seen{};
  };
  Answer take(config::Quota const& limits, std::string_view org, Charge const& charge, SteadyTime now,
              WallTime wall);
  void serve(Waiter const* self, SteadyTime now, WallTime wall);
  Share& share_of(std::string_view org, SteadyTime now);
  void turn_day(WallTime wall);

  mutable std::mutex mutex_;
  std::map<std::string, Share, std::less<>> shares_;  // of those seen within a minute, or still running
  std::int64_t requests_ = 0, tokens_ = 0, running_ = 0, day_ = 0;
  Nano spent_;
  Turns<Waiter> line_;
  std::string_view last_full_ = "concurrency";  // what those who wait behind others wait for
};

// By provider and credential; bounded by what configuration and admin API name.
class Quotas {
 public:
  Quota& of(std::string_view provider, std::string_view credential);

 private:
  std::shared_mutex mutex_;
  std::map<std::string, std::unique_ptr<Quota>, std::less<>> all_;
};

}  // namespace tsg::pipeline
