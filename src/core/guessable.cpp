#include "tsg/core/guessable.hpp"

#include <algorithm>
#include <bitset>

namespace tsg {
namespace {

constexpr std::size_t kFewest = 8;  // 32 random hex digits have fewer than 8 different ones once in 10^7

bool repeats(std::span<std::uint8_t const> s, std::size_t period) noexcept {
  return std::equal(s.begin() + static_cast<std::ptrdiff_t>(period), s.end(), s.begin());
}

}  // namespace

bool guessable(std::span<std::uint8_t const> secret) noexcept {
  std::bitset<256> seen;
  for (auto const byte : secret) seen.set(byte);
  if (seen.count() < kFewest) return true;
  for (std::size_t period = 1; period <= secret.size() / 2; ++period)
    if (repeats(secret, period)) return true;
  std::size_t steps = 0;  // to a neighbour in the alphabet
  for (std::size_t i = 1; i < secret.size(); ++i) {
    int const step = secret[i] - secret[i - 1];
    steps += step >= -1 && step <= 1;
  }
  return steps > secret.size() / 2;
}

}  // namespace tsg
