// Past a string of a text that has been scanned.
#pragma once
#include <cstring>
#include <string_view>

namespace tsg::json {

// `at` is the opening quote; the result is past the closing one: the quote that an even number of backslashes
// precedes. The end of the text if there is none.
inline std::size_t skip_string(std::string_view text, std::size_t at) noexcept {
  auto const* const begin = text.data() + at + 1;
  auto const* const end = text.data() + text.size();
  for (auto const* p = begin;; ++p) {
    p = static_cast<char const*>(std::memchr(p, '"', static_cast<std::size_t>(end - p)));
    if (p == nullptr) return text.size();
    auto const* slash = p;
    while (slash != begin && slash[-1] == '\\') --slash;
    if ((p - slash) % 2 == 0) return static_cast<std::size_t>(p - text.data()) + 1;
  }
}

}  // namespace tsg::json
