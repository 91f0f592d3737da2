#include "catalog/select.hpp"

#include <algorithm>

namespace tsg::catalog {
namespace {

using Meter = std::optional<Price> Prices::*;

bool is_write(Meter meter) noexcept {
  return meter == &Prices::cache_write_5m || meter == &Prices::cache_write_30m ||
         meter == &Prices::cache_write_1h || meter == &Prices::cache_write_12h;
}

std::optional<Price> dearest_write(Prices const& p) noexcept {
  return std::max(
      {p.cache_write_5m, p.cache_write_30m, p.cache_write_1h, p.cache_write_12h});  // nullopt < any
}

// What a class is billed as where it has no price of its own.
std::optional<Price> stand_in(Prices const& p, Meter meter) noexcept {
  if (meter == &Prices::output) return {};
  if (meter == &Prices::reasoning || meter == &Prices::output_audio || meter == &Prices::output_image)
    return p.output;
  if (meter == &Prices::cached_input_audio) {
    if (p.cached_input) return p.cached_input;
    if (p.input_audio) return p.input_audio;
  }
  return p.input;
}

}  // namespace

Period const* period_at(Model const& model, WallTime at) noexcept {
  Period const* found = nullptr;
  for (auto const& period : model.periods)
    if (period.from <= at) found = &period;
  return found;
}

bool is_long(Period const& period, std::int64_t input_tokens) noexcept {
  if (!period.long_context) return false;
  auto const& limit = *period.long_context;
  return limit.inclusive ? input_tokens >= limit.threshold : input_tokens > limit.threshold;
}

bool standard_tier(std::string_view tier) noexcept {
  return tier.empty() || tier == "default" || tier == "standard" || tier == "auto";
}

Selected select(Period const& period, bool long_context, std::string_view tier) noexcept {
  auto const& standard = long_context ? period.long_context->prices : period.standard;
  auto const& tiers = long_context ? period.long_context->tiers : period.tiers;
  if (standard_tier(tier)) return {&standard, &period.standard, false};
  auto const found = tiers.find(tier);
  if (found == tiers.end()) return {&standard, &period.standard, true};
  return {&found->second, &period.standard, false};
}

Rate rate(Selected const& selected, Meter meter) noexcept {
  auto const& p = *selected.prices;
  auto const& base = *selected.base;
  if (p.*meter) return {p.*meter, selected.approximate};
  if (is_write(meter)) {
    // Another lifetime is sold, or this set lacks what the standard one has: the dearest known.
    if (auto const write = dearest_write(p)) return {write, true};
    if (auto const write = dearest_write(base)) return {std::max(write, p.input), true};
  }
  auto const unpublished = (base.*meter).has_value();
  return {stand_in(p, meter), selected.approximate || unpublished};
}

std::optional<Price> multiplied(Price price, std::int64_t micro) noexcept {
  auto const product = charge_half_even(price.per_million, Price{micro});
  if (!product) return {};
  return Price{product->v};
}

}  // namespace tsg::catalog
