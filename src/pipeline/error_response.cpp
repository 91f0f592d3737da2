// The one exit: Errc to status, `code`, type and retry hints. The table is contract §3.
#include <array>

#include "tsg/core/bytes.hpp"
#include "tsg/core/secret_shape.hpp"
#include "tsg/json/writer.hpp"
#include "tsg/pipeline/error_response.hpp"

namespace tsg::pipeline {
namespace {

enum class Retry : std::uint8_t { no, yes, sdk, unless_billed };  // sdk: header absent, the SDK decides

struct Row {
  Errc errc;
  int status;
  std::string_view code, type;
  Retry retry;
  std::string_view message;  // where the error brings none
};

// clang-format off
constexpr std::array kTable{
  Row{Errc::invalid_api_key, 401, "invalid_api_key", "invalid_request_error", Retry::no, "Incorrect API key provided."},
  Row{Errc::model_not_allowed, 403, "model_not_allowed", "invalid_request_error", Retry::no, "This key may not use that model."},
  Row{Errc::policy_denied, 403, "policy_denied", "invalid_request_error", Retry::no, "A policy refused this request."},
  Row{Errc::model_unpriced, 403, "model_unpriced", "invalid_request_error", Retry::no, "The model has no price, and a budget applies to this key."},
  Row{Errc::unbounded_cost, 403, "unbounded_cost", "invalid_request_error", Retry::no, "The cost of this request has no upper bound, and a budget applies to this key."},
  Row{Errc::model_not_found, 404, "model_not_found", "invalid_request_error", Retry::no, "The model does not exist."},
  Row{Errc::not_found, 404, "not_found", "invalid_request_error", Retry::no, "There is nothing at this path."},
  Row{Errc::bad_request, 400, "invalid_request_error", "invalid_request_error", Retry::no, "The request is not valid."},
  Row{Errc::bad_framing, 400, "invalid_request_error", "invalid_request_error", Retry::no, "The request's head or framing is not valid."},
  Row{Errc::method_not_allowed, 405, "invalid_request_error", "invalid_request_error", Retry::no, "This path does not take that method."},
  Row{Errc::unsupported_media_type, 415, "invalid_request_error", "invalid_request_error", Retry::no, "Send the body as application/json, without a content encoding."},
  Row{Errc::expectation_failed, 417, "invalid_request_error", "invalid_request_error", Retry::no, "Only Expect: 100-continue is understood."},
  Row{Errc::body_too_large, 413, "invalid_request_error", "invalid_request_error", Retry::no, "The body is larger than this server takes."},
  Row{Errc::uri_too_long, 414, "invalid_request_error", "invalid_request_error", Retry::no, "The request target is too long."},
  Row{Errc::head_too_large, 431, "invalid_request_error", "invalid_request_error", Retry::no, "The request head is too large."},
  Row{Errc::request_timeout, 408, "invalid_request_error", "invalid_request_error", Retry::no, "The request came too slowly."},
  Row{Errc::unsupported_parameter, 400, "unsupported_parameter", "invalid_request_error", Retry::no, "The chosen model cannot honour a parameter."},
  Row{Errc::provider_rejected, 400, "invalid_request_error", "invalid_request_error", Retry::no, "The provider refused the request."},
  Row{Errc::context_length_exceeded, 400, "context_length_exceeded", "invalid_request_error", Retry::no, "The request is longer than the model's context."},
  Row{Errc::content_filter, 400, "content_filter", "invalid_request_error", Retry::no, "The provider's content filter refused the request."},
  Row{Errc::rate_limited, 429, "rate_limit_exceeded", "rate_limit_error", Retry::sdk, "Rate limit reached."},
  Row{Errc::insufficient_quota, 429, "insufficient_quota", "insufficient_quota", Retry::no, "The budget is exhausted."},
  Row{Errc::idempotency_key_reused, 422, "idempotency_key_reused", "invalid_request_error", Retry::no, "This Idempotency-Key was used with another request body."},
  Row{Errc::idempotency_in_progress, 409, "idempotency_in_progress", "invalid_request_error", Retry::sdk, "A request with this Idempotency-Key is still running."},
  Row{Errc::idempotency_indeterminate, 409, "idempotency_indeterminate", "invalid_request_error", Retry::no, "The outcome of the request with this Idempotency-Key is unknown."},
  Row{Errc::idempotency_response_too_large, 409, "idempotency_response_too_large", "invalid_request_error", Retry::no, "The stored answer was too large to be replayed."},
  Row{Errc::provider_auth_failed, 502, "provider_auth_failed", "api_error", Retry::no, "The provider refused the gateway's credential."},
  Row{Errc::provider_quota_exhausted, 503, "provider_quota_exhausted", "api_error", Retry::no, "The gateway's account at the provider has no quota left."},
  Row{Errc::provider_rate_limited, 429, "rate_limit_exceeded", "rate_limit_error", Retry::unless_billed, "The provider's rate limit was reached."},
  Row{Errc::provider_unavailable, 502, "provider_unavailable", "api_error", Retry::unless_billed, "The provider did not give a complete answer."},
  Row{Errc::provider_timeout, 504, "provider_timeout", "api_error", Retry::unless_billed, "The provider did not answer in time."},
  Row{Errc::audit_unavailable, 503, "audit_unavailable", "api_error", Retry::yes, "The audit log cannot be written; nothing was sent."},
  Row{Errc::overloaded, 503, "overloaded", "api_error", Retry::yes, "The gateway is at its limit or shutting down."},
  Row{Errc::internal, 500, "internal_error", "api_error", Retry::no, "Something failed inside the gateway."},
  Row{Errc::client_gone, 499, "client_gone", "api_error", Retry::no, "The client closed the connection."},
  Row{Errc::conflict, 409, "conflict", "invalid_request_error", Retry::no, "It exists already, or changed meanwhile."},
  Row{Errc::precondition_failed, 412, "precondition_failed", "invalid_request_error", Retry::no, "If-Match does not match the current version."},
  Row{Errc::forbidden, 403, "forbidden", "invalid_request_error", Retry::no, "The role of this token does not allow that."},
  Row{Errc::misdirected, 421, "misdirected", "invalid_request_error", Retry::no, "This port does not answer by that name."},
};
// clang-format on

Row const& row_of(Errc code) noexcept {
  for (Row const& row : kTable)
    if (row.errc == code) return row;
  return row_of(Errc::internal);
}

void append_error_object(std::string& out, Error const& error, std::string_view request_id) {
  Row const& row = row_of(error.code());
  auto const* d = error.peek();
  json::Writer w{out};
  w.begin_object();
  // Messages quote what the client sent; where that was a key by mistake, it is not repeated.
  w.key("message").string(without_secrets(error.message().empty() ? row.message : error.message()));
  w.key("type").string(row.type);
  w.key("param");
  if (d && !d->param.empty())
    w.string(without_secrets(d->param));
  else
    w.null();
  w.key("code").string(row.code);
  if (d && !d->rule.empty()) w.key("rule").string(d->rule);
  if (d && d->limit) {
    auto const& l = *d->limit;
    w.key("scope").string(l.scope).key("scope_id").string(l.scope_id).key("limit").string(l.limit);
    w.key("used").string(l.used).key("held").string(l.held).key("resets_at").string(l.resets_at);
  }
  if (!request_id.empty() && ((d && d->limit) || error.code() == Errc::internal))
    w.key("request_id").string(request_id);
  w.end_object();
}

}  // namespace

int status_of(Error const& error) noexcept {
  auto const* d = error.peek();
  switch (error.code()) {
    case Errc::provider_rejected:
    case Errc::provider_unavailable:
    case Errc::context_length_exceeded:
    case Errc::content_filter:
      if (d && d->status >= 400 && d->status < 600) return d->status;
      break;
    default:
      break;
  }
  return row_of(error.code()).status;
}

std::string_view code_of(Error const& error) noexcept {
  return row_of(error.code()).code;
}

ErrorResponse to_response(Error const& error, std::string_view request_id) {
  Row const& row = row_of(error.code());
  auto const* d = error.peek();
  ErrorResponse out;
  out.status = status_of(error);
  out.headers.set("content-type", "application/json");
  if (!request_id.empty()) out.headers.set("x-request-id", request_id);

  bool const enough = d && (d->billed || d->retried);
  bool const lost = d && d->billed && d->dispatched;  // an answer that was bought: asking again buys another
  if (row.retry == Retry::no || (row.retry == Retry::unless_billed && enough) || lost)
    out.headers.set("x-should-retry", "false");
  else if (row.retry != Retry::sdk)
    out.headers.set("x-should-retry", "true");

  if (error.code() == Errc::invalid_api_key)  // KEY-10
    out.headers.set("www-authenticate",
                    "Bearer realm=\"tsg\"" + std::string{d ? d->challenge : std::string_view{}});
  if (d && !d->allow.empty()) out.headers.set("allow", d->allow);
  auto wait = d ? d->retry_after : std::nullopt;
  if (!wait && row.status == 503 && row.retry == Retry::yes && !lost) wait = std::chrono::milliseconds{1000};
  if (wait) {
    auto const ms = std::max<std::int64_t>(wait->count(), 0);
    out.headers.set("retry-after", std::to_string((ms + 999) / 1000));
    out.headers.set("retry-after-ms", std::to_string(ms));
  }
  out.body = "{\"error\":";
  append_error_object(out.body, error, request_id);
  out.body += '}';
  return out;
}

std::string error_event(Error const& error) {
  std::string out = "data: {\"error\":";
  append_error_object(out, error, {});
  out += "}\n\n";
  return out;
}

}  // namespace tsg::pipeline
