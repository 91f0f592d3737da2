#include "fault.hpp"

#include <array>
#include <charconv>

namespace tsg::sim {
namespace {

constexpr std::array kNames{
    FaultName{"429", FaultKind::rate_limit, "429 without retry-after, every time"},
    FaultName{"429-retry-after", FaultKind::rate_limit_retry_after,
              "429 with retry-after: 1 (or -N seconds)"},
    FaultName{"quota", FaultKind::quota, "the account has no money"},
    FaultName{"401", FaultKind::unauthorized, "the provider refuses the key"},
    FaultName{"500", FaultKind::server_error, "500 every time"},
    FaultName{"500-once", FaultKind::server_error_once, "500 on the first call of a prompt, then good"},
    FaultName{"503", FaultKind::unavailable, "503"},
    FaultName{"529", FaultKind::overloaded, "529, or the dialect's nearest"},
    FaultName{"reset", FaultKind::reset, "connection reset before the head"},
    FaultName{"reset-after-head", FaultKind::reset_after_head, "connection reset after the head"},
    FaultName{"no-response", FaultKind::no_response, "reads the request and never answers"},
    FaultName{"slow-first", FaultKind::slow_first, "first byte after 2000 (or -N) ms"},
    FaultName{"cut-stream", FaultKind::cut_stream, "closes half-way (or after -N body bytes)"},
    FaultName{"stall", FaultKind::stall, "sends half (or -N body bytes), then nothing"},
    FaultName{"malformed", FaultKind::malformed, "half the answer, then broken JSON"},
    FaultName{"no-terminator", FaultKind::no_terminator, "all content, but not the dialect's end"},
    FaultName{"error-event", FaultKind::error_event, "an error event after half the stream"},
    FaultName{"error-event-first", FaultKind::error_event_first, "a stream of one event, which is an error"},
    FaultName{"error-200", FaultKind::error_200, "status 200 with an error as body"},
    FaultName{"html-502", FaultKind::html_502, "a 502 page in HTML"},
    FaultName{"context-length", FaultKind::context_length, "the prompt is too long"},
    FaultName{"content-filter", FaultKind::content_filter, "the answer is cut by the filter"},
    FaultName{"prefill-refused", FaultKind::prefill_refused, "a trailing assistant turn is refused"},
    FaultName{"flap", FaultKind::flap, "503, good, 503, good ..."},
    FaultName{"usage-negative", FaultKind::usage_negative, "reports negative token counts"},
    FaultName{"usage-huge", FaultKind::usage_huge, "reports 10^15 output tokens"},
    FaultName{"usage-missing", FaultKind::usage_missing, "reports no usage"},
    FaultName{"overrun", FaultKind::overrun, "ignores the output limit (half as much again)"},
    FaultName{"echo-key", FaultKind::echo_key, "an error that repeats the key and an organisation id"},
};

/// Where "sim-" begins as a word of its own, or npos.
std::size_t marker(std::string_view model) {
  auto const at = model.rfind("sim-");
  if (at == std::string_view::npos || at == 0) return at;
  char const before = model[at - 1];
  bool const word = before == '-' || before == '/' || before == ':' || before == '@' || before == '.';
  return word ? at : std::string_view::npos;
}

}  // namespace

std::span<FaultName const> fault_names() {
  return kNames;
}

std::optional<Fault> parse_fault(std::string_view name) {
  for (auto const& entry : kNames)
    if (entry.name == name) return Fault{entry.kind, std::nullopt};
  auto const dash = name.rfind('-');
  if (dash == std::string_view::npos) return std::nullopt;
  std::int64_t value = 0;
  auto const digits = name.substr(dash + 1);
  auto const [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (ec != std::errc{} || end != digits.data() + digits.size() || value < 0) return std::nullopt;
  for (auto const& entry : kNames)
    if (entry.name == name.substr(0, dash)) return Fault{entry.kind, value};
  return std::nullopt;
}

Fault fault_of_model(std::string_view model) {
  auto const at = marker(model);
  if (at == std::string_view::npos) return {};
  return parse_fault(model.substr(at + 4)).value_or(Fault{});
}

std::string_view model_without_fault(std::string_view model) {
  auto const at = marker(model);
  if (at == std::string_view::npos || at == 0 || !parse_fault(model.substr(at + 4))) return model;
  return model.substr(0, at - 1);
}

}  // namespace tsg::sim
