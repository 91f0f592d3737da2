// A rate limit document.
#pragma once
#include <cstdint>
#include <optional>
#include <string_view>

#include "tsg/core/error.hpp"

namespace tsg::governance {

struct Limit {  // 0 = nothing passes; absent = unlimited
  std::optional<std::int64_t> requests_per_minute, input_tokens_per_minute, output_tokens_per_minute,
      concurrency;
};
// Strict. At least one member.
Result<Limit> parse_limit(std::string_view json);

}  // namespace tsg::governance
