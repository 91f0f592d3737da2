// What must hold for every input; a fuzzer reports the input that breaks it.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

inline void check(bool condition) {
  if (!condition) std::abort();
}

inline std::string_view as_text(std::uint8_t const* data, std::size_t size) {
  return {reinterpret_cast<char const*>(data), size};
}
