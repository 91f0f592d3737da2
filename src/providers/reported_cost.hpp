// A provider's own cost as it wrote it, a JSON number in USD ("0.00105", "5e-05"), to nano-USD: exact,
// rounded half up (wire reference §5.4). No double in between.
#pragma once
#include <optional>
#include <string_view>

#include "tsg/core/money.hpp"

namespace tsg::providers {

// nullopt: absent, negative, no number, or beyond a million USD.
std::optional<Nano> nano_usd_of(std::string_view json_number) noexcept;

}  // namespace tsg::providers
