// A route: a name that applications call, and the targets behind it. The same document in `routes:` and in
// the admin API. README.md is the page of its members.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/config/config.hpp"
#include "tsg/routing/facts.hpp"

namespace tsg::routing {

enum class Strategy : std::uint8_t { priority, weighted, lowest_cost, lowest_latency, most_remaining };
enum class Sticky : std::uint8_t { none, conversation, user };
std::string_view to_string(Strategy strategy) noexcept;
std::string_view to_string(Sticky sticky) noexcept;

struct Conditions {  // all that are given must hold
  Conditions() = default;
  std::optional<bool> stream, tools, images, audio, files, json_schema;
  std::optional<std::int64_t> input_tokens_min, input_tokens_max;  // likely tokens, both inclusive
  std::vector<std::string> environments, orgs, teams;              // empty = any; a team is "org.team"
};
// Which condition does not hold: "when.stream"; "" = all do.
std::string_view unmet(Conditions const& when, Facts const& facts);

struct RouteTarget {
  RouteTarget() = default;
  std::string provider, model;
  int weight = 1;
  Conditions when;
};

struct HoldBack {  // how long a stream's first content is kept, so that a break can still be hidden
  HoldBack() = default;
  std::int64_t tokens = 0;  // estimated at four bytes each
  std::chrono::milliseconds time{0};
  bool any() const noexcept { return tokens > 0 || time.count() > 0; }
};

struct Route {
  Route() = default;
  std::string name, description;
  Strategy strategy = Strategy::priority;
  Sticky sticky = Sticky::none;
  std::optional<int> attempts_max;   // absent: limits.attempts_max
  std::vector<std::string> regions;  // residency: a target's provider must carry all of these tags
  HoldBack hold_back;
  std::vector<RouteTarget> targets;
  std::string document;  // as written, blanks aside
  std::string version;   // version_of(name, document)
};

// What decisions and records name a route by: 16 hex digits of the SHA-256 of its name and document.
std::string version_of(std::string_view name, std::string_view document);

// One document (without its name). Strict; all problems at once, each naming the member and the rule.
struct ParsedRoute {
  std::optional<Route> route;
  std::vector<std::string> problems;
};
ParsedRoute parse_route(std::string_view name, std::string_view json);
// `routes:` as a whole: {"smart": {…}}.
struct ParsedRoutes {
  std::vector<Route> routes;
  std::vector<std::string> problems;
};
ParsedRoutes parse_routes(std::string_view json);
// What only configuration and catalogue can tell: unknown providers, names taken by a model.
std::vector<std::string> misfits(Route const& route, catalog::Catalog const& catalog,
                                 config::Config const& config);

}  // namespace tsg::routing
