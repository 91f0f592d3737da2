// Well-formed UTF-8, by table 3-7 of the Unicode standard: no overlong forms, no surrogates, nothing above
// U+10FFFF.
#pragma once
#include <cstddef>
#include <string_view>

namespace tsg::json {

// The length of the well-formed sequence at text[at], which is >= 0x80. If there is none, `ok` is false and
// the result is the length of the part to replace with one U+FFFD (the maximal subpart).
struct Utf8Step {
  std::size_t length;
  bool ok;
};

inline Utf8Step utf8_step(std::string_view text, std::size_t at) noexcept {
  auto const byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  auto const lead = byte(at);
  std::size_t more = 0;
  unsigned low = 0x80, high = 0xbf;  // what the second byte may be
  if (lead >= 0xc2 && lead <= 0xdf) {
    more = 1;
  } else if (lead >= 0xe0 && lead <= 0xef) {
    more = 2;
    if (lead == 0xe0) low = 0xa0;
    if (lead == 0xed) high = 0x9f;
  } else if (lead >= 0xf0 && lead <= 0xf4) {
    more = 3;
    if (lead == 0xf0) low = 0x90;
    if (lead == 0xf4) high = 0x8f;
  } else {
    return {1, false};
  }
  for (std::size_t i = 1; i <= more; ++i) {
    if (at + i >= text.size() || byte(at + i) < low || byte(at + i) > high) return {i, false};
    low = 0x80;
    high = 0xbf;
  }
  return {more + 1, true};
}

}  // namespace tsg::json
