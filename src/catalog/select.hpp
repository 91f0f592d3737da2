// Which prices apply: period, then long context, then tier; and what stands in where a set lacks a price.
#pragma once
#include "tsg/catalog/catalog.hpp"

namespace tsg::catalog {

Period const* period_at(Model const& model, WallTime at) noexcept;

struct Selected {
  Prices const* prices = nullptr;
  Prices const* base = nullptr;  // the standard set; what it has and `prices` lacks was not published
  bool approximate = false;      // no prices are known for that tier
};
bool is_long(Period const& period, std::int64_t input_tokens) noexcept;
Selected select(Period const& period, bool long_context, std::string_view tier) noexcept;
bool standard_tier(std::string_view tier) noexcept;  // "", default, standard, auto

struct Rate {
  std::optional<Price> price;  // absent: not sold
  bool approximate = false;
};
// Cached input, audio and images: their own price, else the nearest class the provider bills them as.
Rate rate(Selected const& selected, std::optional<Price> Prices::*meter) noexcept;

// Price x multiplier (1e-6 units), half-even; exact for every multiplier in use. nullopt: does not fit.
std::optional<Price> multiplied(Price price, std::int64_t micro) noexcept;

}  // namespace tsg::catalog
