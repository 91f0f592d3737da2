#include "tsg/core/money.hpp"

#include "tsg/core/bytes.hpp"

namespace tsg {
namespace {

// Named so that the extension does not warn under -Wpedantic.
__extension__ using int128 = __int128;

constexpr std::int64_t kMillion = 1'000'000;
constexpr std::int64_t kNanoPerUsd = 1'000'000'000;

std::optional<Nano> narrow(int128 v) noexcept {
  if (v > INT64_MAX || v < INT64_MIN) return std::nullopt;
  return Nano{static_cast<std::int64_t>(v)};
}

// Decimal USD to 10^-9 USD; at most 9 fraction digits, so the result is exact.
std::optional<std::int64_t> parse_nano(std::string_view text) noexcept {
  int128 value = 0;
  std::size_t i = 0;
  for (; i < text.size() && text[i] != '.'; ++i) {
    if (text[i] < '0' || text[i] > '9') return std::nullopt;
    value = value * 10 + (text[i] - '0');
    if (value > INT64_MAX) return std::nullopt;
  }
  if (i == 0) return std::nullopt;
  int digits = 0;
  if (i < text.size()) {
    for (++i; i < text.size(); ++i, ++digits) {
      if (text[i] < '0' || text[i] > '9' || digits == 9) return std::nullopt;
      value = value * 10 + (text[i] - '0');
    }
    if (digits == 0) return std::nullopt;
  }
  for (; digits < 9; ++digits) value *= 10;
  if (value > INT64_MAX) return std::nullopt;
  return static_cast<std::int64_t>(value);
}

}  // namespace

std::optional<Nano> charge_half_even(std::int64_t units, Price price) noexcept {
  int128 const product = static_cast<int128>(units) * price.per_million;
  int128 quotient = product / kMillion;
  int128 const rest = product - quotient * kMillion;
  int128 const twice = (rest < 0 ? -rest : rest) * 2;
  if (twice > kMillion || (twice == kMillion && quotient % 2 != 0)) quotient += product < 0 ? -1 : 1;
  return narrow(quotient);
}

std::optional<Nano> hold_ceil(std::int64_t units, Price price) noexcept {
  int128 const product = static_cast<int128>(units) * price.per_million;
  int128 quotient = product / kMillion;
  if (quotient * kMillion < product) ++quotient;
  return narrow(quotient);
}

std::optional<Nano> checked_add(Nano a, Nano b) noexcept {
  Nano sum;
  if (__builtin_add_overflow(a.v, b.v, &sum.v)) return std::nullopt;
  return sum;
}

std::optional<Price> parse_usd_per_million(std::string_view decimal) noexcept {
  auto const nano = parse_nano(decimal);
  return nano ? std::optional{Price{*nano}} : std::nullopt;
}

std::optional<Nano> parse_usd(std::string_view decimal) noexcept {
  auto const nano = parse_nano(decimal);
  return nano ? std::optional{Nano{*nano}} : std::nullopt;
}

void append_usd(std::string& out, Nano amount) {
  std::uint64_t const magnitude =
      amount.v < 0 ? 0u - static_cast<std::uint64_t>(amount.v) : static_cast<std::uint64_t>(amount.v);
  if (amount.v < 0) out += '-';
  append_uint(out, magnitude / kNanoPerUsd);
  std::uint64_t fraction = magnitude % kNanoPerUsd;
  if (fraction == 0) return;
  char digits[9];
  for (int i = 8; i >= 0; --i, fraction /= 10) digits[i] = static_cast<char>('0' + fraction % 10);
  std::size_t n = 9;
  while (digits[n - 1] == '0') --n;
  out += '.';
  out.append(digits, n);
}

std::string to_usd(Nano amount) {
  std::string out;
  append_usd(out, amount);
  return out;
}

}  // namespace tsg
