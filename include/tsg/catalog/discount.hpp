// Bills at negotiated prices.
#pragma once
#include "tsg/catalog/catalog.hpp"

namespace tsg::catalog {

// As price(), with `discount_micro` off every unit price, in 1e-6: each rounded once, half-even, so that it
// is a price with nine decimals like the one on the list. A cost that the provider reports itself is what it
// is.
std::optional<Cost> price_discounted(Model const& model, Usage const& usage, WallTime at,
                                     std::int64_t discount_micro);

}  // namespace tsg::catalog
