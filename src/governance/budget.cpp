#include "tsg/governance/budget.hpp"

#include "governance/fields.hpp"
#include "tsg/governance/world.hpp"

namespace tsg::governance {

Result<Budget> parse_budget(std::string_view text) {
  auto document = parse_object(text);
  if (!document) return document.error();
  Fields in{*document};
  Budget out;
  if (auto const money = in.text("monthly_usd", 40)) {
    auto const parsed = parse_usd(*money);
    if (!parsed || parsed->v < 0)
      in.fail("monthly_usd", "must be a decimal string such as \"100.00\", not below zero");
    else
      out.monthly = *parsed;
  } else {
    in.fail("monthly_usd", "is required: a decimal string such as \"100.00\"");
  }
  if (auto const* alerts = in.array("alerts_percent", 20)) {
    for (auto const& a : *alerts) {
      bool const fits = a.is_number_integer() && a >= 1 && a <= 1000 &&
                        (out.alerts_percent.empty() || out.alerts_percent.back() < a.get<int>());
      if (!fits) {
        in.fail("alerts_percent", "must be ascending integers from 1 to 1000");
        break;
      }
      out.alerts_percent.push_back(a.get<int>());
    }
  }
  auto done = in.finish();
  if (!done) return done.error();
  return out;
}

std::vector<BudgetLevel> budget_levels(Levels const& levels, keys::Key const& key) {
  std::vector<BudgetLevel> out;
  levels.each_budget([&](AttachedBudget const& b) {
    BudgetLevel level;
    level.scope = to_string(b.at.level);
    level.scope_id = b.at.id;
    level.environment = b.at.environment;
    level.limit = b.value.monthly;
    level.document = &b.value;
    out.push_back(std::move(level));
  });
  if (!key.monthly_budget_usd.empty()) {
    BudgetLevel level;
    level.scope = "key";
    level.scope_id = key.id;
    // The admin API takes decimals only; if a document says otherwise, nothing may be spent.
    level.limit = parse_usd(key.monthly_budget_usd).value_or(Nano{});
    out.push_back(std::move(level));
  }
  return out;
}

}  // namespace tsg::governance
