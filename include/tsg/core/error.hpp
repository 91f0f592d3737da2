// Errors are values with names. Every failure of the program is one Errc; one function
// (src/pipeline/error_response.cpp) turns it into HTTP. Nothing else knows status codes.
#pragma once
#include <boost/system/result.hpp>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace tsg {

// The order is not stored anywhere; names appear in logs and metrics (`to_string`).
enum class Errc : std::uint8_t {
  // who is asking
  invalid_api_key,  // no key, unknown, revoked, expired: one body for all (KEY-5)
  // may they
  model_not_allowed,
  policy_denied,    // `rule` says which
  model_unpriced,   // a budget applies and the model has no price
  unbounded_cost,   // a budget applies and no upper bound exists
  model_not_found,  // not in the catalogue
  not_found,        // route path unknown
  // is the request well formed
  bad_request,             // body: syntax, types, ranges
  bad_framing,             // head or chunking: answered, then the connection closes (HTTP-8)
  method_not_allowed,      // `allow` lists what is
  unsupported_media_type,  //
  expectation_failed,      //
  body_too_large,
  uri_too_long,
  head_too_large,
  request_timeout,        // the client was too slow
  unsupported_parameter,  // `param` cannot be honoured by the chosen model
  // the provider says the request is wrong; `status` is the provider's
  provider_rejected,
  context_length_exceeded,
  content_filter,
  // limits
  rate_limited,
  insufficient_quota,
  // idempotency
  idempotency_key_reused,
  idempotency_in_progress,
  idempotency_indeterminate,
  idempotency_response_too_large,
  // the provider failed
  provider_auth_failed,
  provider_quota_exhausted,
  provider_rate_limited,
  provider_unavailable,  // `status` 502 (spoke nonsense, cut off) or 503 (not reached)
  provider_timeout,
  // we failed
  audit_unavailable,
  overloaded,
  internal,
  // nobody is left to tell
  client_gone,
  // admin API
  conflict,             // exists already, or not in a state that allows it
  precondition_failed,  // If-Match does not match
  forbidden,            // the admin token's role does not allow it
  misdirected,          // asked for by a name that is not this port's
};

std::string_view to_string(Errc code) noexcept;

// What a limit refusal tells the client (contract §3). Money as decimal strings, times RFC 3339.
struct LimitFacts {
  LimitFacts() = default;
  std::string scope, scope_id, limit, used, held, resets_at;
};

// An error: a code, and on the heap what only some errors carry. Not an aggregate: gcc 12 destroys
// aggregate temporaries twice in co_await expressions (tests/toolchain).
class Error {
 public:
  struct Details {
    Details() = default;
    std::string message;         // for the client; never a secret, never a provider account id
    std::string log;             // for our log and records: our own words, and known ones
    std::string provider_text;   // theirs, sanitised: never in a record, which gets a commitment of it
    std::string param;           // offending field, "" = null
    std::string rule;            // policy rule that refused
    std::string allow;           // for 405
    std::string_view challenge;  // for 401: parameters of www-authenticate beyond the realm; static
    int status = 0;              // provider's status, where the code says so; 0 = none
    std::optional<std::chrono::milliseconds> retry_after;
    bool billed = false;      // the provider may have charged: never tell the client to retry
    bool retried = false;     // the gateway has asked again itself: clients must not multiply that (RES-3)
    bool told = false;        // the provider itself said so, inside a 2xx
    bool dispatched = false;  // bytes of the request may have reached the provider
    std::optional<LimitFacts> limit;
  };

  Error() = default;  // boost::system::result 1.81 asks for it
  explicit Error(Errc code) noexcept : code_{code} {}
  Error(Errc code, std::string message) : code_{code} { details().message = std::move(message); }
  Error(Errc code, std::string message, std::string param) : code_{code} {
    details().message = std::move(message);
    details().param = std::move(param);
  }

  Errc code() const noexcept { return code_; }
  std::string_view message() const noexcept { return details_ ? std::string_view{details_->message} : ""; }
  Details const* peek() const noexcept { return details_.get(); }
  Details& details() {
    if (!details_) details_ = std::make_shared<Details>();
    return *details_;
  }
  Error&& log(std::string text) && {
    details().log = std::move(text);
    return std::move(*this);
  }

 private:
  Errc code_ = Errc::internal;
  std::shared_ptr<Details> details_;  // shared so that Error copies; written only by its maker
};

// Found by ADL when somebody calls value() on a failed result: a bug, hence an exception.
[[noreturn]] void throw_exception_from_error(Error const& error, boost::source_location const& where);

template <class T = void>
using Result = boost::system::result<T, Error>;

}  // namespace tsg
