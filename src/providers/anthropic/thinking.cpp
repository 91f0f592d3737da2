#include "providers/anthropic/thinking.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include "providers/raw_json.hpp"
#include "providers/read_fields.hpp"

namespace tsg::providers::anthropic {
namespace {

struct Effort {
  std::string_view asked, level;
  std::int64_t budget;  // §3.3: for models that take a budget
};
constexpr std::array kEfforts{
    Effort{"minimal", "low", 1024}, Effort{"low", "low", 2048},       Effort{"medium", "medium", 8192},
    Effort{"high", "high", 16'384}, Effort{"xhigh", "xhigh", 24'576}, Effort{"max", "max", 32'000},
};
constexpr std::int64_t kBudgetMin = 1024, kBudgetBesideEffort = 16'384;

// Rules that are absent are those of the newest models.
bool takes(Rules const& rules, std::string_view mode) {
  return rules.raw("thinking").empty() ? mode == "adaptive" : rules.lists("thinking", mode);
}

std::string level_of(Rules const& rules, std::string_view level) {
  if (level.empty() || rules.raw("effort").empty()) return std::string{level};
  if (rules.lists("effort", level)) return std::string{level};
  return rules.lists("effort", "high") ? "high" : "";  // down, never up: it is the client's money
}

Thinking without_effort(Rules const& rules, bool none) {
  Thinking out;
  bool const by_itself = rules.text("thinking_default", "on") == "on";
  out.on = by_itself;
  if (!none || !by_itself) return out;
  out.on = !takes(rules, "disabled");
  if (!out.on) {
    out.mode = "disabled";
    return out;
  }
  out.effort = level_of(rules, "low");  // the least there is, and not what was asked for
  out.lost = true;
  return out;
}

Thinking given(std::string_view raw, Rules const& rules, std::string_view effort) {
  Thinking out;
  out.raw = raw;
  out.effort = level_of(rules, effort);
  auto const node = RawNode::parse(raw);
  out.on = node && text_of((*node)["type"]) != "disabled";
  return out;
}

}  // namespace

bool manual_thinking(Rules const& rules) {
  return takes(rules, "enabled") && !takes(rules, "adaptive");
}

Result<Thinking> plan_thinking(ChatRequest const& request, Rules const& rules, std::int64_t max_tokens,
                               bool possible) {
  auto const& asked = request.reasoning_effort;
  bool const none = asked.empty() || asked == "none";
  auto const* effort = std::ranges::find(kEfforts, asked, &Effort::asked);
  if (!none && effort == kEfforts.end())
    return wrong("reasoning_effort", "must be one of none, minimal, low, medium, high, xhigh, max");
  if (auto const* own = request.document.find("thinking"); own && is_object(request.document.raw(own->value)))
    return given(request.document.raw(own->value), rules, none ? "" : effort->level);
  if (none) return without_effort(rules, !asked.empty());

  Thinking out;
  out.effort = level_of(rules, effort->level);
  if (!possible) {
    // effort alone is taken with anything
  } else if (takes(rules, "adaptive")) {
    out.on = true;
    if (rules.text("thinking_default", "on") != "on") out.mode = "adaptive";
  } else if (takes(rules, "enabled")) {
    auto const most = out.effort.empty() ? effort->budget : std::min(effort->budget, kBudgetBesideEffort);
    out.budget = std::min(most, max_tokens - 1);
    out.on = out.budget >= kBudgetMin;
    if (out.on) out.mode = "enabled";
  }
  out.lost = !out.on && out.effort.empty();
  return out;
}

}  // namespace tsg::providers::anthropic
