// Money is integer (FIN-11, FIN-12). Amounts: nano-USD in int64 (max about 9.2 billion USD).
// Prices: nano-USD per 1,000,000 units. No double anywhere near.
// Sums saturate and never wrap: what is full stays full, whatever a provider counts.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tsg {

// a + b, a - b, a x b; INT64_MAX or INT64_MIN where the result does not fit.
constexpr std::int64_t saturated_add(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t sum = 0;
  return !__builtin_add_overflow(a, b, &sum) ? sum : b < 0 ? INT64_MIN : INT64_MAX;
}
constexpr std::int64_t saturated_sub(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t rest = 0;
  return !__builtin_sub_overflow(a, b, &rest) ? rest : b < 0 ? INT64_MAX : INT64_MIN;
}
constexpr std::int64_t saturated_mul(std::int64_t a, std::int64_t b) noexcept {
  std::int64_t product = 0;
  return !__builtin_mul_overflow(a, b, &product) ? product : (a < 0) != (b < 0) ? INT64_MIN : INT64_MAX;
}

struct Nano {  // an amount, in 10^-9 USD
  std::int64_t v = 0;
  friend constexpr auto operator<=>(Nano, Nano) = default;
  constexpr Nano& operator+=(Nano o) noexcept {
    v = saturated_add(v, o.v);
    return *this;
  }
  constexpr Nano& operator-=(Nano o) noexcept {
    v = saturated_sub(v, o.v);
    return *this;
  }
  friend constexpr Nano operator+(Nano a, Nano b) noexcept { return a += b; }
  friend constexpr Nano operator-(Nano a, Nano b) noexcept { return a -= b; }
};

struct Price {  // 10^-9 USD per 1,000,000 units
  std::int64_t per_million = 0;
  friend constexpr auto operator<=>(Price, Price) = default;
};

// units x price, exact in __int128, rounded once. nullopt: does not fit (holds are refused, bills saturate).
std::optional<Nano> charge_half_even(std::int64_t units, Price price) noexcept;
std::optional<Nano> hold_ceil(std::int64_t units, Price price) noexcept;
std::optional<Nano> checked_add(Nano a, Nano b) noexcept;

// "0.0375" USD per million -> 37'500'000. Plain decimals only: no sign, exponent, blank; at most 9
// fraction digits, and what does not fit is refused.
std::optional<Price> parse_usd_per_million(std::string_view decimal) noexcept;
std::optional<Nano> parse_usd(std::string_view decimal) noexcept;

// Shortest exact decimal: 7505000 -> "0.007505", 0 -> "0", -5 -> "-0.000000005". Valid JSON number.
std::string to_usd(Nano amount);
void append_usd(std::string& out, Nano amount);

}  // namespace tsg
