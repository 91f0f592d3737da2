// Which number of a valid text cannot be represented: only looked for when there is one.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace tsg::json {

struct Unfit {
  std::size_t at = 0;    // its first byte
  bool integer = false;  // spelt as one: beyond 64 bits; else beyond what a double holds
};
std::optional<Unfit> find_unfit_number(std::string_view text) noexcept;

}  // namespace tsg::json
