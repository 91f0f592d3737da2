// Money is integer (FIN-11, FIN-12). Amounts: nano-USD in int64 (max about 9.2 billion USD).
// Prices: nano-USD per 1,000,000 units. No double anywhere near.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tsg {

struct Nano {  // an amount, in 10^-9 USD
  std::int64_t v = 0;
  friend constexpr auto operator<=>(Nano, Nano) = default;
  constexpr Nano& operator+=(Nano o) noexcept {
    v += o.v;
    return *this;
  }
  friend constexpr Nano operator+(Nano a, Nano b) noexcept { return {a.v + b.v}; }
  friend constexpr Nano operator-(Nano a, Nano b) noexcept { return {a.v - b.v}; }
};

struct Price {  // 10^-9 USD per 1,000,000 units
  std::int64_t per_million = 0;
  friend constexpr auto operator<=>(Price, Price) = default;
};

// units x price, exact in __int128, rounded once. nullopt: does not fit (callers refuse).
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
