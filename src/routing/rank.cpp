#include "tsg/routing/rank.hpp"

#include <algorithm>
#include <cmath>

#include "tsg/routing/random.hpp"

namespace tsg::routing {
namespace {

constexpr std::int64_t unknown =
    (std::int64_t{1} << 53) - 1;  // behind every price; still exact in JSON readers

// How busy times how slow (RES-6). A target nobody has tried yet scores lowest and so gets its first request.
std::int64_t load(View const& view) noexcept {
  return view.ttfb_us * (view.in_flight + 1);
}

// Exponential keys: sorting by -ln(u)/w draws without replacement in proportion to the weights.
std::int64_t drawn(std::uint64_t random, int weight) noexcept {
  double const u = (static_cast<double>(random >> 11) + 1) * 0x1p-53;
  return static_cast<std::int64_t>(-std::log(u) / weight * 1e12);
}

std::int64_t score(Strategy strategy, Option const& option, Random& random) noexcept {
  switch (strategy) {
    case Strategy::priority:
      return 0;  // the order they are written in
    case Strategy::weighted:
      return drawn(random.next(), option.weight);
    case Strategy::lowest_cost:
      return option.cost ? option.cost->v : unknown;
    case Strategy::lowest_latency:
      return load(option.view);
    case Strategy::most_remaining:
      return -option.view.remaining;
  }
  return 0;
}

bool well(Place const& place) noexcept {
  return !place.last_resort;
}

// Behind the healthy ones, soonest end first. Breakers may hold back at most half of a route's targets: more
// at once say that the fault is on our side, or that the rest would be overrun (RES-4).
void set_aside(std::span<Option const> options, std::vector<Place>& places) {
  std::size_t ejected = 0;
  for (auto& place : places) {
    auto const standing = options[place.option].view.standing;
    if (standing == Standing::cooling) {
      place.last_resort = true;
      place.why = "cooling down";
    } else if (standing == Standing::open) {
      place.last_resort = ++ejected <= options.size() / 2;
      place.why = place.last_resort ? "breaker open" : "ejection cap";
    }
  }
}

// Two drawn at random, the less loaded first: herds do not form on one stale number.
void two_choices(std::vector<Place>& places, std::size_t healthy, Random& random) {
  if (healthy < 3) return;  // sorted already
  auto const a = random.below(healthy);
  auto const b = (a + 1 + random.below(healthy - 1)) % healthy;
  auto const chosen = static_cast<std::ptrdiff_t>(std::min(a, b));  // sorted: the lower index is less loaded
  std::rotate(places.begin(), places.begin() + chosen, places.begin() + chosen + 1);
}

// Rendezvous hashing: a conversation moves only if its own target falls ill or leaves.
void stick(std::uint64_t sticky, std::span<Option const> options, std::vector<Place>& places,
           std::size_t healthy) {
  auto const end = places.begin() + static_cast<std::ptrdiff_t>(healthy);
  auto const key = [&](Place const& p) {
    auto const& o = options[p.option];
    return drawn(Random::mixed(sticky ^ o.name_hash), o.weight);
  };
  auto const home =
      std::min_element(places.begin(), end, [&](auto const& a, auto const& b) { return key(a) < key(b); });
  if (home == end) return;
  home->why = "sticky";
  std::rotate(places.begin(), home, home + 1);
}

}  // namespace

std::string_view to_string(Standing standing) noexcept {
  switch (standing) {
    case Standing::usable:
      return "usable";
    case Standing::probe:
      return "probe";
    case Standing::cooling:
      return "cooling";
    case Standing::open:
      return "open";
  }
  return "?";
}

std::vector<Place> rank(Strategy strategy, std::uint64_t sticky, std::span<Option const> options,
                        std::uint64_t seed) {
  Random random{seed};
  std::vector<Place> places(options.size());
  for (std::size_t i = 0; i < options.size(); ++i) {
    places[i].option = i;
    places[i].score = score(strategy, options[i], random);
  }
  if (options.size() < 2) return places;
  set_aside(options, places);
  std::stable_sort(places.begin(), places.end(), [&](Place const& a, Place const& b) {
    if (a.last_resort != b.last_resort) return b.last_resort;
    if (a.last_resort) return options[a.option].view.until_ms < options[b.option].view.until_ms;
    return a.score < b.score;
  });
  auto const healthy = static_cast<std::size_t>(std::ranges::count_if(places, well));
  if (strategy == Strategy::lowest_latency) two_choices(places, healthy, random);
  if (sticky != 0 && healthy > 0) stick(sticky, options, places, healthy);
  return places;
}

}  // namespace tsg::routing
