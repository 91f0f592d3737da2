// One JSON string: where it ends, whether it had escapes, what it says.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace tsg::json {

struct StringEnd {
  std::size_t end = 0;  // past the closing quote
  bool escaped = false;
  char const* broken = nullptr;  // the rule it breaks; `end` is then where
};

// `at` is behind the opening quote. UTF-8 and escapes are checked; escaped surrogates must be pairs.
StringEnd scan_string(std::string_view text, std::size_t at) noexcept;

// Appends what the inside of a valid string says.
void append_unescaped(std::string& out, std::string_view inside);

}  // namespace tsg::json
