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
    bool granted() const noexcept { return full.empty(); }
  };

  // All limits or none. Every granted request is ended by settle(), exactly once.
  Answer take(config::Quota const& limits, std::string_view org, Charge const& charge, SteadyTime now,
              WallTime wall);
  void settle(config::Quota const& limits, std::string_view org, Charge const& charged, Charge const& used,
              SteadyTime now) noexcept;

  // Of the fullest limit, in thousandths; for ranking.
  std::int64_t remaining_permille(config::Quota const& limits, SteadyTime now) const;

  // Waiting is bounded in number, too. False: too many wait already.
  bool queue() noexcept;
  void unqueue() noexcept;

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
  Share& share_of(std::string_view org, SteadyTime now);
  void turn_day(WallTime wall);

  mutable std::mutex mutex_;
  std::map<std::string, Share, std::less<>> shares_;  // of those seen within a minute, or still running
  std::int64_t requests_ = 0, tokens_ = 0, running_ = 0, waiting_ = 0, day_ = 0;
  Nano spent_;
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
