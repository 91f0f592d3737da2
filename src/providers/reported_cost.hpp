// A provider's own cost as it wrote it, a JSON number in USD ("0.00105", "5e-05"), to nano-USD: exact,
// rounded half up (wire reference §5.4). No double in between.
#pragma once
#include <optional>
#include <string_view>

#include "providers/raw_json.hpp"
#include "tsg/core/money.hpp"

namespace tsg::providers {

// nullopt: absent, negative, no number, or beyond a million USD.
std::optional<Nano> nano_usd_of(std::string_view json_number) noexcept;

// Perplexity's `cost`: {"input_cost":…,"tool_calls_cost":…,"total_cost":…}.
struct ReportedCost {
  std::optional<Nano> total;  // also where only the parts are told, if those of input and output are
  std::optional<Nano> tools;
};
ReportedCost cost_of(RawNode const& cost) noexcept;

}  // namespace tsg::providers
