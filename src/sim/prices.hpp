// The simulator's own price list and its own integer arithmetic, so that it can contradict the gateway's.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "types.hpp"

namespace tsg::sim {

__extension__ using Int128 = __int128;

/// Nano-USD per 1,000,000 tokens, or per 1,000 calls.
struct Rate {
  std::int64_t input = 0, output = 0;
  std::optional<std::int64_t> cached, cache_write;
};

struct Price {
  Rate base;
  std::optional<Rate> long_context;  // for the whole request
  std::int64_t long_threshold = 0;
  bool long_inclusive = false;  // ">=" instead of ">"
  std::int64_t search_per_1k = 0;
  bool search_once = false;         // however many searches: one fee for an answer that searched
  std::int64_t request_per_1k = 0;  // Sonar's fee for context size "low"
  std::int64_t reasoning = 0;       // only where reasoning has its own price
  std::unordered_map<std::string, Rate> tiers, long_tiers;
};

class PriceList {
 public:
  static PriceList built_in();

  /// Reads a catalogue (the form of config/catalog.json); `today` (YYYY-MM-DD) picks the price period.
  /// Returns an error text, or "".
  std::string load(Json const& catalog, std::string_view today);

  Price const* find(Provider provider, std::string_view model) const;

 private:
  std::unordered_map<std::string, Price> prices_;  // "provider/model"
};

/// Cost in nano-USD: exact products, one rounding to even at the end.
std::int64_t cost_nano_usd(Price const& price, Usage const& usage, std::string_view tier);

/// "2.50" -> 2500000000 nano; nothing when it is not a plain decimal with at most nine places.
std::optional<std::int64_t> nano_of_decimal(std::string_view text);

/// 9300000 -> "0.0093"; 0 -> "0".
std::string decimal_of_nano(Int128 nano);

}  // namespace tsg::sim
