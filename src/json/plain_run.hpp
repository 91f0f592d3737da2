// How far a string goes on without anything to look at: eight bytes a step.
#pragma once
#include <bit>
#include <cstdint>
#include <cstring>

namespace tsg::json {

// The first byte in [p, end) that is a quote, a backslash, a control (< 0x20) or not ASCII; `end` if none.
inline char const* skip_plain(char const* p, char const* end) noexcept {
  constexpr std::uint64_t ones = 0x0101010101010101ULL, tops = ones * 0x80;
  while (end - p >= 8) {
    std::uint64_t word;
    std::memcpy(&word, p, 8);
    // The lowest top bit set marks the first special byte; borrows can only mislead above it.
    auto const quote = (word ^ (ones * '"')) - ones;
    auto const backslash = (word ^ (ones * '\\')) - ones;
    auto const control = word - ones * 0x20;
    auto const hits = ((quote | backslash | control) | word) & tops;
    if (hits != 0) {
      if constexpr (std::endian::native == std::endian::little) return p + std::countr_zero(hits) / 8;
      break;
    }
    p += 8;
  }
  for (; p != end; ++p) {
    auto const c = static_cast<unsigned char>(*p);
    if (c == '"' || c == '\\' || c < 0x20 || c >= 0x80) break;
  }
  return p;
}

}  // namespace tsg::json
