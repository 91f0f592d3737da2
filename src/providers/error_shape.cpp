#include "providers/error_shape.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "providers/failure_reason.hpp"
#include "providers/known_words.hpp"
#include "tsg/http/date.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers {
namespace {

constexpr std::size_t kErrorBodyMax = 1u << 20;  // larger ones are not error objects
constexpr std::int64_t kRetryAfterMax = 86'400;  // seconds

template <std::size_t N>
bool among(std::string_view word, std::array<std::string_view, N> const& list) noexcept {
  return std::ranges::find(list, word) != list.end();
}
bool mentions(std::string_view message, std::string_view words) noexcept {
  return message.find(words) != std::string_view::npos;
}

constexpr std::array<std::string_view, 6> kQuota{// §1.10, and the billing stop of older accounts
                                                 "insufficient_quota",
                                                 "credit_balance_exhausted",
                                                 "organization_usage_limit_exceeded",
                                                 "organization_spend_limit_exceeded",
                                                 "project_spend_limit_exceeded",
                                                 "billing_hard_limit_reached"};
constexpr std::array<std::string_view, 3> kAuth{"invalid_api_key", "authentication_error",
                                                "permission_error"};
constexpr std::array<std::string_view, 4> kFilter{"content_filter", "content_policy_violation",
                                                  "invalid_prompt", "moderation_blocked"};
constexpr std::array<std::string_view, 4> kRate{"rate_limit_exceeded", "rate_limit_error", "slow_down",
                                                "too_many_requests"};
constexpr std::array<std::string_view, 5> kOverload{"server_is_overloaded", "service_unavailable_error",
                                                    "overloaded_error", "overloaded", "service_unavailable"};

// A rate limit may name the context too: there the status is what counts.
bool too_long(Failure const& f) noexcept {
  if (f.code == "context_length_exceeded" || f.type == "exceed_context_size_error") return true;
  bool const about_us = f.status == 401 || f.status == 402 || f.status == 403 || f.status == 429;
  return !about_us && says_context_overflow(f.message);
}

// Ours to mend, not the client's: a wrong key may come as a 400 (xAI, Gemini).
bool refused_key(Failure const& f) noexcept {
  return f.status == 401 || f.status == 403 || among(f.code, kAuth) || among(f.type, kAuth) ||
         (f.status == 400 &&
          (mentions(f.message, "Incorrect API key") || mentions(f.message, "API key not valid")));
}

Error rejected(Errc code, int status, Failure const& f) {
  Error e{code, sanitise(f.message)};
  e.details().status = status;
  e.details().param = sanitise(f.param);
  return e;
}

Error failed(Errc code, int status, Failure const& f) {
  Error e{code};
  auto& d = e.details();
  d.status = status;
  d.log = "the provider answered " + std::to_string(f.status);
  auto const keep = [&d](std::string_view text) {
    if (!text.empty()) d.provider_text.append(d.provider_text.empty() ? "" : ", ").append(sanitise(text));
  };
  for (auto const* word : {&f.type, &f.code}) {
    if (known_error_word(*word))
      d.log += ", " + *word;
    else
      keep(*word);
  }
  keep(f.message);
  return e;
}

// Statuses that clients' SDKs know how to read stay; the rest are plain 400.
int client_status(int status) noexcept {
  return status == 404 || status == 413 || status == 422 ? status : 400;
}

Error by_status(Failure const& f) {
  switch (f.status) {
    case 402:
      return failed(Errc::provider_quota_exhausted, 0, f);
    case 408:
    case 409:  // another request in the way: rare, and SDKs retry it
    case 503:
    case 529:
      return failed(Errc::provider_unavailable, 503, f);
    case 429:
      return failed(Errc::provider_rate_limited, 0, f);
    case 504:
      return failed(Errc::provider_timeout, 0, f);
    default:
      if (f.status >= 400 && f.status < 500)
        return rejected(Errc::provider_rejected, client_status(f.status), f);
      return failed(Errc::provider_unavailable, 502, f);
  }
}

std::optional<double> seconds_like(std::string_view text) noexcept {
  double v = 0;
  auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), v);
  bool const whole = ec == std::errc{} && end == text.data() + text.size();
  return whole && v >= 0 && v <= 86'400'000 ? std::optional{v} : std::nullopt;
}

}  // namespace

Error classify(Failure const& f) {
  if (among(f.code, kQuota) || among(f.type, kQuota)) return failed(Errc::provider_quota_exhausted, 0, f);
  if (too_long(f)) return rejected(Errc::context_length_exceeded, client_status(f.status), f);
  if (among(f.code, kFilter) || among(f.type, kFilter)) return rejected(Errc::content_filter, 400, f);
  if (refused_key(f)) return failed(Errc::provider_auth_failed, 0, f);
  if (f.status != 0 && f.status != 200) return by_status(f);
  // Told inside a 200: only the words are left.
  if (among(f.code, kRate) || among(f.type, kRate)) return failed(Errc::provider_rate_limited, 0, f);
  if (among(f.code, kOverload) || among(f.type, kOverload) || mentions(f.code, "unavailable"))
    return failed(Errc::provider_unavailable, 503, f);
  if (f.type == "invalid_request_error") return rejected(Errc::provider_rejected, 400, f);
  return failed(Errc::provider_unavailable, 502, f);
}

namespace {
Failure failure_of(Reason reason, int status) {
  Failure f;
  f.status = status != 0 ? status : static_cast<int>(reason.status);  // compatible servers say it in the body
  f.message = std::move(reason.message);
  f.type = std::move(reason.type);
  f.code = std::move(reason.code);
  f.param = std::move(reason.param);
  return f;
}
}  // namespace

Failure read_failure(RawNode const& root, int status) {
  return failure_of(reason_of(root), status);
}

std::optional<Error> error_inside(RawNode const& root, Refine refine) {
  auto const error = root["error"];
  if (error.empty() || is_null(error)) return std::nullopt;
  return told_inside(root, refine);
}

Error told_inside(RawNode const& root, Refine refine) {
  auto f = read_failure(root, 0);
  if (refine) refine(root, f);
  auto out = classify(f);
  out.details().told = true;
  return out;
}

std::optional<std::chrono::milliseconds> retry_after(FieldLookup const& field) {
  if (!field) return std::nullopt;
  if (auto const ms = seconds_like(field("retry-after-ms")))
    return std::chrono::milliseconds{static_cast<std::int64_t>(*ms)};
  auto const value = field("retry-after");
  auto const s = seconds_like(value);
  if (s && *s <= kRetryAfterMax) return std::chrono::milliseconds{static_cast<std::int64_t>(*s * 1000)};
  if (s) return std::nullopt;
  // A date, told by the same clock as `date`: how far ours is off does not matter.
  auto const at = http::parse_date(value), now = http::parse_date(field("date"));
  if (!at || !now || *at - *now > kRetryAfterMax) return std::nullopt;
  return std::chrono::seconds{std::max<std::int64_t>(*at - *now, 0)};
}

Error error_from_body(int status, std::string_view body, FieldLookup const& field, Refine refine) {
  Failure f;
  f.status = status;
  RawNode root;
  if (body.size() <= kErrorBodyMax) {
    if (auto const scanned = json::scan(body, {});
        scanned && !scanned->root_is_object && scanned->members.size() == 1)
      body = body.substr(scanned->members.front().value.begin, scanned->members.front().value.size());
    if (auto parsed = RawNode::parse(body)) {
      root = std::move(*parsed);
      f = read_failure(root, status);
    } else {
      f = failure_of(reason_in_text(body), status);
    }
  }
  if (refine) refine(root, f);
  auto error = classify(f);
  switch (error.code()) {
    case Errc::provider_rate_limited:
    case Errc::provider_unavailable:
    case Errc::provider_timeout:
      error.details().retry_after = f.retry_after ? f.retry_after : retry_after(field);
      break;
    default:
      break;
  }
  return error;
}

Error broken_answer(std::string_view log) {
  Error e{Errc::provider_unavailable};
  e.details().status = 502;
  e.details().billed = true;
  e.details().log = "unusable answer: " + std::string{log};
  return e;
}

Error broken_member(std::string_view member, std::string_view what) {
  auto const said = std::string{member} + " " + std::string{what};
  auto e = broken_answer(said);
  e.details().message = "The provider's answer cannot be read: " + said + ".";
  return e;
}

}  // namespace tsg::providers
