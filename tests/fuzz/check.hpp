// What must hold for every input; a fuzzer reports the input that breaks it. The twin in `scripts/test` runs
// the same properties without libFuzzer and wants to say which input it was.
#pragma once
#include <cstdint>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>

inline void check(bool condition) {
#ifdef TSG_FUZZ_TWIN
  if (!condition) throw std::logic_error("a property does not hold");
#else
  if (!condition) std::abort();
#endif
}

inline std::string_view as_text(std::uint8_t const* data, std::size_t size) {
  return {reinterpret_cast<char const*>(data), size};
}
