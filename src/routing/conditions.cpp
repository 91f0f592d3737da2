#include <algorithm>

#include "tsg/routing/route.hpp"

namespace tsg::routing {
namespace {

bool differs(std::optional<bool> wanted, bool is) noexcept {
  return wanted && *wanted != is;
}
bool missing(std::vector<std::string> const& any_of, std::string_view value) {
  return !any_of.empty() && std::ranges::find(any_of, value) == any_of.end();
}

}  // namespace

std::string_view unmet(Conditions const& when, Facts const& facts) {
  if (differs(when.stream, facts.stream)) return "when.stream";
  if (differs(when.tools, facts.tools)) return "when.tools";
  if (differs(when.images, facts.images)) return "when.images";
  if (differs(when.audio, facts.audio)) return "when.audio";
  if (differs(when.files, facts.files)) return "when.files";
  if (differs(when.json_schema, facts.json_schema)) return "when.json_schema";
  if (when.input_tokens_min && facts.input_tokens < *when.input_tokens_min) return "when.input_tokens_min";
  if (when.input_tokens_max && facts.input_tokens > *when.input_tokens_max) return "when.input_tokens_max";
  if (missing(when.environments, facts.environment)) return "when.environments";
  if (missing(when.orgs, facts.org)) return "when.orgs";
  if (!when.teams.empty() && missing(when.teams, facts.org + "." + facts.team)) return "when.teams";
  return "";
}

std::string_view to_string(Strategy strategy) noexcept {
  switch (strategy) {
    case Strategy::priority:
      return "priority";
    case Strategy::weighted:
      return "weighted";
    case Strategy::lowest_cost:
      return "lowest_cost";
    case Strategy::lowest_latency:
      return "lowest_latency";
    case Strategy::most_remaining:
      return "most_remaining";
  }
  return "?";
}

std::string_view to_string(Sticky sticky) noexcept {
  switch (sticky) {
    case Sticky::none:
      return "none";
    case Sticky::conversation:
      return "conversation";
    case Sticky::user:
      return "user";
  }
  return "?";
}

}  // namespace tsg::routing
