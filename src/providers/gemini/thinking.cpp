// reasoning_effort to a model's thinking levels or budgets (§2.5, §3.3). Which of them, and in what range,
// are rules of the catalogue.
#include <algorithm>
#include <array>

#include "providers/gemini/encode.hpp"
#include "providers/judge.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::gemini {
namespace {

struct Effort {
  std::string_view name;
  int level;            // position in kLevels
  std::int64_t budget;  // tokens: Google's own table for its OpenAI-compatible endpoint
};
constexpr std::array<std::string_view, 5> kLevels{"minimal", "low", "medium", "high", "xhigh"};
constexpr std::array kEfforts{
    Effort{"none", 0, 0},
    Effort{"minimal", 0, 1024},
    Effort{"low", 1, 1024},
    Effort{"medium", 2, 8192},
    Effort{"high", 3, 24'576},
    Effort{"xhigh", 4, 32'768},
    Effort{"max", 4, INT64_MAX / 2},
};

// The asked level, else the next higher one, else the highest: "medium" is "high" where only low and high
// are.
std::string_view nearest_level(std::vector<std::string> const& known, int wanted) {
  std::string_view best;
  int at = -1;
  for (std::string const& level : known) {
    auto const i = static_cast<int>(std::ranges::find(kLevels, level) - kLevels.begin());
    bool const nearer = at < wanted ? i > at : i >= wanted && i < at;
    if (!nearer) continue;
    best = level;
    at = i;
  }
  return best;
}

}  // namespace

Result<std::string> thinking_config(Encoding& e) {
  auto const& asked = e.request.reasoning_effort;
  if (asked.empty()) return std::string{};
  auto const* effort = std::ranges::find(kEfforts, asked, &Effort::name);
  if (effort == kEfforts.end())
    return unsupported("reasoning_effort", "must be none, minimal, low, medium, high, xhigh or max");
  bool const none = effort->budget == 0;

  std::string out;
  json::Writer w{out};
  w.begin_object();
  auto const levels = e.rules.list("thinking_levels");
  auto const most = e.rules.number("thinking_budget_max", 0);
  if (!levels.empty()) {
    w.key("thinkingLevel").string(nearest_level(levels, effort->level));
    if (none) e.dropped.emplace_back("reasoning_effort");  // cannot be off: as little as there is
  } else if (most > 0) {
    auto const least = e.rules.number("thinking_budget_min", 0);
    bool const off = none && e.rules.flag("thinking_off", false);
    if (none && !off) e.dropped.emplace_back("reasoning_effort");
    w.key("thinkingBudget").integer(off ? 0 : std::clamp(effort->budget, least, most));
  } else {
    if (none) return std::string{};
    return unsupported("reasoning_effort",
                       "is not taken by this model: leave it out, or choose one that thinks");
  }
  // Who asks for effort sees the summaries of it; they cost nothing more.
  if (!none) w.key("includeThoughts").boolean(true);
  w.end_object();
  return out;
}

}  // namespace tsg::providers::gemini
