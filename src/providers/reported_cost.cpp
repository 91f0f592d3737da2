#include "providers/reported_cost.hpp"

#include <charconv>
#include <cstdint>
#include "tsg/core/bytes.hpp"

namespace tsg::providers {
namespace {

constexpr std::int64_t kMost = 1'000'000'000'000'000;  // a million USD
constexpr int kDigitsMax = 18;                         // of the mantissa; what follows is below a nano-USD

struct Decimal {
  std::int64_t digits = 0;
  int scale = 0;  // value = digits * 10^scale
};

std::optional<Decimal> parse(std::string_view text) noexcept {
  Decimal d;
  int count = 0;
  bool point = false;
  std::size_t i = 0;
  for (; i < text.size() && (is_digit(text[i]) || text[i] == '.'); ++i) {
    if (text[i] == '.') {
      point = true;
      continue;
    }
    bool const room = count < kDigitsMax;
    if (room) d.digits = d.digits * 10 + (text[i] - '0');
    if (room && d.digits != 0) ++count;
    d.scale += point ? (room ? -1 : 0) : (room ? 0 : 1);
  }
  if (i == 0) return std::nullopt;
  if (i == text.size()) return d;
  if (text[i] != 'e' && text[i] != 'E') return std::nullopt;
  if (++i < text.size() && text[i] == '+') ++i;
  int exponent = 0;
  auto const [end, ec] = std::from_chars(text.data() + i, text.data() + text.size(), exponent);
  if (ec != std::errc{} || end != text.data() + text.size() || exponent > 100 || exponent < -100)
    return std::nullopt;
  d.scale += exponent;
  return d;
}

}  // namespace

std::optional<Nano> nano_usd_of(std::string_view json_number) noexcept {
  auto const d = parse(json_number);
  if (!d) return std::nullopt;
  auto nano = d->digits;
  int scale = d->scale + 9;
  for (; scale > 0 && nano != 0; --scale) {
    if (nano > kMost / 10) return std::nullopt;
    nano *= 10;
  }
  bool half = false;  // of what was divided away, the leading digit decides
  for (; scale < 0; ++scale) {
    half = nano % 10 >= 5;
    nano /= 10;
  }
  nano += half;
  if (nano > kMost) return std::nullopt;
  return Nano{nano};
}

ReportedCost cost_of(RawNode const& cost) noexcept {
  ReportedCost out;
  out.total = nano_usd_of(cost["total_cost"]);
  out.tools = nano_usd_of(cost["tool_calls_cost"]);
  Nano parts;
  bool input = false, output = false;
  for (auto const& m : cost.members()) {
    auto const part =
        m.key == "total_cost" || !m.key.ends_with("_cost") ? std::nullopt : nano_usd_of(cost.raw(m));
    if (!part) continue;
    parts += *part;
    input |= m.key.starts_with("input");
    output |= m.key.starts_with("output");
  }
  if (!out.total && input && output) out.total = parts;
  // A total of the tokens alone, beside what the tools cost: seen by its being short by just that. Each part
  // is rounded to 0.00001 USD.
  constexpr Nano slack{30'000};
  if (out.total && out.tools && *out.tools > slack && *out.total + slack < parts &&
      *out.total + *out.tools <= parts + slack)
    *out.total += *out.tools;
  return out;
}

}  // namespace tsg::providers
