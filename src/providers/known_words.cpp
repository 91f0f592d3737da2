#include "providers/known_words.hpp"

#include <algorithm>
#include <array>

namespace tsg::providers {
namespace {

// Sorted.
constexpr std::array<std::string_view, 78> kErrorWords{
    "ABORTED",
    "ALREADY_EXISTS",
    "API_KEY_INVALID",
    "CANCELLED",
    "DATA_LOSS",
    "DEADLINE_EXCEEDED",
    "FAILED_PRECONDITION",
    "INTERNAL",
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "OUT_OF_RANGE",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "UNAUTHENTICATED",
    "UNAVAILABLE",
    "UNIMPLEMENTED",
    "UNKNOWN",
    "access_terminated",
    "account_deactivated",
    "api_connection_error",
    "api_error",
    "authentication_error",
    "bad_gateway",
    "bad_request",
    "billing_error",
    "billing_hard_limit_reached",
    "billing_not_active",
    "conflict_error",
    "content_filter",
    "content_policy_violation",
    "context_length_exceeded",
    "credit_balance_exhausted",
    "engine_overloaded",
    "external_connector_error",
    "forbidden",
    "gateway_timeout",
    "insufficient_quota",
    "internal_error",
    "internal_server_error",
    "invalid_api_key",
    "invalid_authentication",
    "invalid_organization",
    "invalid_prompt",
    "invalid_request",
    "invalid_request_error",
    "invalid_value",
    "misalignment_policy_violation",
    "model_context_window_exceeded",
    "model_not_available",
    "model_not_found",
    "moderation_blocked",
    "not_found",
    "not_found_error",
    "organization_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "overloaded",
    "overloaded_error",
    "payload_too_large",
    "permission_denied",
    "permission_error",
    "project_spend_limit_exceeded",
    "provider_error",
    "quota_exceeded",
    "rate_limit_error",
    "rate_limit_exceeded",
    "request_rate_limit_exceeded",
    "request_too_large",
    "requests",
    "server_error",
    "server_is_overloaded",
    "service_unavailable",
    "service_unavailable_error",
    "slow_down",
    "timeout_error",
    "tokens",
    "too_many_requests",
    "unauthorized",
    "unsupported_country_region_territory",
};
static_assert(std::ranges::is_sorted(kErrorWords));

}  // namespace

bool known_error_word(std::string_view word) noexcept {
  auto const digit = [](char c) { return c >= '0' && c <= '9'; };
  return (word.size() == 3 && std::ranges::all_of(word, digit)) ||
         std::ranges::binary_search(kErrorWords, word);
}

}  // namespace tsg::providers
