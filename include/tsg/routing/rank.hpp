// The decision: in which order the targets of a plan are tried. A pure function of what it is given.
#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/routing/facts.hpp"
#include "tsg/routing/route.hpp"

namespace tsg::routing {

// Health of a target as one moment saw it: the best of its credentials.
enum class Standing : std::uint8_t {
  usable,
  probe,    // was open; one request may find out
  cooling,  // the provider said: not before
  open,     // breaker or outlier ejection
};
std::string_view to_string(Standing standing) noexcept;

struct View {
  View() = default;
  Standing standing = Standing::usable;
  std::int64_t until_ms = 0;  // cooling, open: from now
  std::int64_t ttfb_us = 0;   // moving average of the time to first byte; 0 = not known
  std::int64_t in_flight = 0;
  std::int64_t remaining = 1000;  // of the provider's or our quota, in thousandths; 1000 = unknown or full
  friend bool operator==(View const&, View const&) = default;
};

struct Option {  // a target that can take the request
  Option() = default;
  std::uint64_t name_hash = 0;  // stable_hash("instance/model")
  int weight = 1;
  std::optional<Nano> cost;  // likely; for lowest_cost only
  View view;
};

struct Place {
  Place() = default;
  std::size_t option = 0;
  std::int64_t score = 0;    // lower comes first; its unit is the strategy's
  bool last_resort = false;  // behind all that are well
  std::string_view why;      // static: "", "sticky", "cooling down", "breaker open", "ejection cap"
};

// All options, best first. Never drops one: what is ill comes last, so that a route cannot eject itself.
std::vector<Place> rank(Strategy strategy, std::uint64_t sticky, std::span<Option const> options,
                        std::uint64_t seed);

}  // namespace tsg::routing
