// A terms document: what a provider's prices are for us, and what we charge inside. Dated; the start of a
// request decides, as with prices (FIN-13).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/core/clock.hpp"
#include "tsg/core/error.hpp"

namespace tsg::governance {

struct Levels;

struct Terms {
  struct Discount {  // negotiated: list price - discount = contracted price
    std::string provider;
    std::int64_t micro = 0;  // of the list price, in 1e-6
    WallTime from{INT64_MIN};
  };
  struct Markup {            // for chargeback only: never part of a cost
    std::int64_t micro = 0;  // of the effective cost, in 1e-6
    WallTime from{INT64_MIN};
  };
  std::vector<Discount> discounts;
  std::vector<Markup> markups;
};
// {"discounts":[{"provider":"openai","percent":"12.5","effective_from":"2026-12-01"}],
//  "markups":[{"percent":"5","effective_from":"2026-12-01"}]}. Strict. Without `effective_from`: always.
Result<Terms> parse_terms(std::string_view json);

struct Applied {  // to one request
  std::int64_t discount_micro = 0, markup_micro = 0;
  std::string discount_source;  // "org/acme@3": whose discount; "" = none
};
// The narrowest document that says something in force wins: of each provider's discount, and of the mark-up.
Applied terms_at(Levels const& levels, std::string_view provider, WallTime at);

}  // namespace tsg::governance
