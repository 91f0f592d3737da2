// Randomness as an argument: splitmix64, so that a decision can be repeated from its seed on any machine.
#pragma once
#include <cstdint>
#include <string_view>

namespace tsg::routing {

__extension__ using Wide = unsigned __int128;

class Random {
 public:
  explicit Random(std::uint64_t seed) noexcept : state_{seed} {}
  std::uint64_t next() noexcept { return mixed(state_ += 0x9e3779b97f4a7c15); }
  // [0, n), n > 0. The bias of the multiplication is below n / 2^64.
  std::uint64_t below(std::uint64_t n) noexcept {
    return static_cast<std::uint64_t>((static_cast<Wide>(next()) * n) >> 64);
  }
  static constexpr std::uint64_t mixed(std::uint64_t z) noexcept {
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

 private:
  std::uint64_t state_;
};

// FNV-1a, mixed: the same on every machine, unlike std::hash.
constexpr std::uint64_t stable_hash(std::string_view text, std::uint64_t seed = 0) noexcept {
  std::uint64_t h = 0xcbf29ce484222325 ^ seed;
  for (char const c : text) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return Random::mixed(h);
}

}  // namespace tsg::routing
