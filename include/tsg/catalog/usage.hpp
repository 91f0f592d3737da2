// What an answer used, in disjoint classes (FIN-14): every token is in exactly one of them. Adapters
// normalise; nothing after them knows what a provider includes in what.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tsg/core/money.hpp"

namespace tsg::catalog {

struct Usage {
  Usage() = default;
  std::int64_t input = 0;  // text input, not cached, not written
  std::int64_t cached_input = 0;
  std::int64_t cache_write_5m = 0, cache_write_30m = 0, cache_write_1h = 0, cache_write_12h = 0;
  std::int64_t input_audio = 0, cached_input_audio = 0, input_image = 0;
  std::int64_t output = 0;  // text output, reasoning not included
  std::int64_t reasoning = 0;
  std::int64_t output_audio = 0, output_image = 0;
  std::int64_t citation = 0;  // Perplexity deep research
  std::int64_t web_searches = 0, x_searches = 0, file_searches = 0, code_executions = 0, url_fetches = 0;
  std::int64_t other_tool_calls = 0;
  std::int64_t requests = 0;          // where a request fee applies; `search_context` says which
  std::string search_context;         // low, medium, high
  std::string service_tier;           // of the answer, its speed included ("fast"); "" = standard
  std::string region;                 // pinned region, as the catalogue names it; "" = none
  std::optional<Nano> reported_cost;  // the provider's own figure, where it gives one
  std::optional<Nano> reported_fees;  // its own figure of what its tools cost, where it gives one
  // Whose prices hold, where that is not the model asked: another one took over. "" = the model asked.
  std::string model;
  // What ran beside the answer and is in none of the counts above (a compaction, an advisor), each at the
  // prices of its own `model`. None of them has further ones.
  std::vector<Usage> beside;

  bool reported = false;  // the provider sent usage; else it is our estimate
  bool invalid = false;   // it sent some that cannot be (negative, a fraction, beyond any count)
  // Of the answer alone, without what ran beside it: what its length is judged by.
  std::int64_t input_total() const noexcept {
    return input + cached_input + cache_write_5m + cache_write_30m + cache_write_1h + cache_write_12h +
           input_audio + cached_input_audio + input_image;
  }
  std::int64_t output_total() const noexcept { return output + reasoning + output_audio + output_image; }
  // All that was used.
  std::int64_t input_billed() const noexcept {
    auto sum = input_total();
    for (auto const& b : beside) sum = saturated_add(sum, b.input_total());
    return sum;
  }
  std::int64_t output_billed() const noexcept {
    auto sum = output_total();
    for (auto const& b : beside) sum = saturated_add(sum, b.output_total());
    return sum;
  }
};

}  // namespace tsg::catalog
