// A meter of the ledger as reports name it.
#pragma once
#include <array>
#include <string_view>

namespace tsg::usage {

struct MeterName {
  std::string_view meter, sku;    // "cached_input", "Cached Input Tokens"
  std::string_view unit;          // ConsumedUnit
  std::string_view pricing_unit;  // a million of them, or the same unit per call
};

inline constexpr std::array kMeters{
    MeterName{"input", "Input Tokens", "Tokens", "1000000 Tokens"},
    MeterName{"cached_input", "Cached Input Tokens", "Tokens", "1000000 Tokens"},
    MeterName{"cache_write_5m", "Cache Write Tokens (5 minutes)", "Tokens", "1000000 Tokens"},
    MeterName{"cache_write_30m", "Cache Write Tokens (30 minutes)", "Tokens", "1000000 Tokens"},
    MeterName{"cache_write_1h", "Cache Write Tokens (1 hour)", "Tokens", "1000000 Tokens"},
    MeterName{"cache_write_12h", "Cache Write Tokens (12 hours)", "Tokens", "1000000 Tokens"},
    MeterName{"input_audio", "Input Audio Tokens", "Tokens", "1000000 Tokens"},
    MeterName{"cached_input_audio", "Cached Input Audio Tokens", "Tokens", "1000000 Tokens"},
    MeterName{"input_image", "Input Image Tokens", "Tokens", "1000000 Tokens"},
    MeterName{"output", "Output Tokens", "Tokens", "1000000 Tokens"},
    MeterName{"reasoning", "Reasoning Tokens", "Tokens", "1000000 Tokens"},
    MeterName{"output_audio", "Output Audio Tokens", "Tokens", "1000000 Tokens"},
    MeterName{"output_image", "Output Image Tokens", "Tokens", "1000000 Tokens"},
    MeterName{"citation", "Citation Tokens", "Tokens", "1000000 Tokens"},
    MeterName{"web_search", "Web Searches", "Searches", "1000000 Searches"},
    MeterName{"x_search", "X Searches", "Searches", "1000000 Searches"},
    MeterName{"file_search", "File Searches", "Searches", "1000000 Searches"},
    MeterName{"code_execution", "Code Executions", "Executions", "1000000 Executions"},
    MeterName{"url_fetch", "URL Fetches", "Fetches", "1000000 Fetches"},
    MeterName{"tool_call", "Tool Calls", "Calls", "1000000 Calls"},
    MeterName{"request", "Requests", "Requests", "1000000 Requests"},
};

constexpr MeterName const* find_meter(std::string_view name) noexcept {
  for (auto const& m : kMeters)
    if (m.meter == name) return &m;
  return nullptr;
}

}  // namespace tsg::usage
