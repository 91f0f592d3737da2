// The faults the simulator can play, and their names.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace tsg::sim {

enum class FaultKind : std::uint8_t {
  none,
  rate_limit,
  rate_limit_retry_after,
  quota,
  unauthorized,
  server_error,
  server_error_once,
  unavailable,
  overloaded,
  reset,
  reset_after_head,
  no_response,
  slow_first,
  cut_stream,
  stall,
  malformed,
  no_terminator,
  error_event,
  error_event_first,
  error_200,
  html_502,
  context_length,
  content_filter,
  prefill_refused,
  flap,
  usage_negative,
  usage_huge,
  usage_missing,
  overrun,
  echo_key,
};

struct Fault {
  FaultKind kind = FaultKind::none;
  std::optional<std::int64_t> value;  // the -N of the name: bytes, seconds or milliseconds
};

struct FaultName {
  std::string_view name;
  FaultKind kind;
  std::string_view meaning;
};

std::span<FaultName const> fault_names();

/// "cut-stream-120" -> {cut_stream, 120}. Nothing when the name is not in the table.
std::optional<Fault> parse_fault(std::string_view name);

/// The fault in a model name: "sim-429", "gpt-4o-sim-429", "sim-cut-stream-40".
Fault fault_of_model(std::string_view model);

/// The model name without its fault, for the price list: "gpt-4o-sim-429" -> "gpt-4o".
std::string_view model_without_fault(std::string_view model);

}  // namespace tsg::sim
