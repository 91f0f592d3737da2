// A budget document: money per calendar month.
#pragma once
#include <string_view>
#include <vector>

#include "tsg/core/error.hpp"
#include "tsg/core/money.hpp"

namespace tsg::governance {

struct Budget {
  Nano monthly;
  std::vector<int> alerts_percent;  // ascending
};
// {"monthly_usd":"100.00","alerts_percent":[50,80,100]}. Strict.
Result<Budget> parse_budget(std::string_view json);

}  // namespace tsg::governance
