// Exact decimals of money in 10^-15 USD: units x price per million, unrounded (FIN-7). Pure.
#pragma once
#include <cstdint>
#include <string>

#include "tsg/core/money.hpp"

namespace tsg::usage {

class Decimal {
 public:
  __extension__ using Int = __int128;
  constexpr Decimal() = default;
  static constexpr Decimal of(Nano amount) noexcept {
    return Decimal{static_cast<Int>(amount.v) * 1'000'000};
  }
  static constexpr Decimal product(std::int64_t units, Price price) noexcept {
    return Decimal{static_cast<Int>(units) * price.per_million};
  }
  constexpr Decimal& operator+=(Decimal o) noexcept {
    femto_ += o.femto_;
    return *this;
  }
  // x factor / 1e6, cut to 10^-15.
  constexpr Decimal scaled(std::int64_t micro) const noexcept { return Decimal{femto_ * micro / 1'000'000}; }
  friend constexpr bool operator==(Decimal, Decimal) = default;
  std::string text() const;  // shortest exact: "0.000585", "-3", "0"

 private:
  explicit constexpr Decimal(Int femto) noexcept : femto_{femto} {}
  Int femto_ = 0;  // 10^-15 USD
};

std::string millionths(std::int64_t units);  // 234 -> "0.000234"

}  // namespace tsg::usage
