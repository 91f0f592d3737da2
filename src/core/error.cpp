#include "tsg/core/error.hpp"

#include <array>
#include <stdexcept>

namespace tsg {
namespace {

constexpr std::array<std::string_view, static_cast<std::size_t>(Errc::misdirected) + 1> kNames{
    "invalid_api_key",
    "model_not_allowed",
    "policy_denied",
    "model_unpriced",
    "unbounded_cost",
    "model_not_found",
    "not_found",
    "bad_request",
    "bad_framing",
    "method_not_allowed",
    "unsupported_media_type",
    "expectation_failed",
    "body_too_large",
    "uri_too_long",
    "head_too_large",
    "request_timeout",
    "unsupported_parameter",
    "provider_rejected",
    "context_length_exceeded",
    "content_filter",
    "rate_limited",
    "insufficient_quota",
    "idempotency_key_reused",
    "idempotency_in_progress",
    "idempotency_indeterminate",
    "idempotency_response_too_large",
    "provider_auth_failed",
    "provider_quota_exhausted",
    "provider_rate_limited",
    "provider_unavailable",
    "provider_timeout",
    "audit_unavailable",
    "overloaded",
    "internal",
    "client_gone",
    "conflict",
    "precondition_failed",
    "forbidden",
    "misdirected",
};

}  // namespace

std::string_view to_string(Errc code) noexcept {
  return kNames[static_cast<std::size_t>(code)];
}

void throw_exception_from_error(Error const& error, boost::source_location const& where) {
  throw std::logic_error{"value() of a failed result (" + std::string{to_string(error.code())} + ") at " +
                         where.to_string()};
}

}  // namespace tsg
