#include "providers/gemini/errors.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

namespace tsg::providers::gemini {
namespace {

struct Known {
  std::string_view status;  // google.rpc.Code
  int http;
  std::string_view code;  // as classify() knows it
};
// The HTTP status is for errors inside a 200, where the name has to do.
constexpr std::array kKnown{
    Known{"INVALID_ARGUMENT", 400, ""},
    Known{"OUT_OF_RANGE", 400, ""},
    Known{"FAILED_PRECONDITION", 400, "insufficient_quota"},  // billing not enabled, region not served
    Known{"UNAUTHENTICATED", 401, "authentication_error"},
    Known{"PERMISSION_DENIED", 403, "permission_error"},
    Known{"NOT_FOUND", 404, ""},
    Known{"RESOURCE_EXHAUSTED", 429, ""},
    Known{"CANCELLED", 503, ""},  // 499 is theirs, not our client's
    Known{"INTERNAL", 500, ""},
    Known{"UNAVAILABLE", 503, ""},
    Known{"DEADLINE_EXCEEDED", 504, ""},
};

// What the details add: they are a list of typed objects in any order.
struct Details {
  bool bad_key = false, daily = false;
  std::optional<std::chrono::milliseconds> retry_after;
};

// A protobuf Duration: "34.4s". At most a day.
std::optional<std::chrono::milliseconds> duration(std::string_view text) {
  double seconds = 0;
  auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  bool const whole = ec == std::errc{} && std::string_view(end, text.data() + text.size()) == "s";
  if (!whole || !(seconds >= 0 && seconds <= 86'400)) return std::nullopt;
  return std::chrono::milliseconds{std::llround(std::ceil(seconds * 1000 - 1e-6))};
}

Details read_details(RawNode const& error) {
  Details out;
  auto const list = error.child("details");
  for (auto const& element : list.members()) {
    auto const detail = list.child(element);
    if (text_of(detail["reason"]).starts_with("API_KEY_")) out.bad_key = true;
    if (auto const wait = duration(text_of(detail["retryDelay"]))) out.retry_after = wait;
    auto const violations = detail.child("violations");
    for (auto const& v : violations.members())
      if (text_of(violations.child(v)["quotaId"]).find("PerDay") != std::string::npos) out.daily = true;
  }
  return out;
}

// A limit per day is no rate: waiting seconds is useless.
void refine(RawNode const& root, Failure& f) {
  auto const error = root.child("error");
  if (error.empty()) return;
  auto const details = read_details(error);
  f.type = text_of(error["status"]);
  f.code.clear();
  if (auto const* known = std::ranges::find(kKnown, f.type, &Known::status); known != kKnown.end()) {
    f.code = known->code;
    if (f.status == 0 || f.status == 499) f.status = known->http;
  }
  if (details.bad_key) f.code = "authentication_error";
  if (details.daily) f.code = "insufficient_quota";
  if (f.message.find("exceeds the maximum number of tokens") != std::string::npos)
    f.code = "context_length_exceeded";
  f.retry_after = details.retry_after;
}

// The text, or the first element of the array that wraps it.
std::string_view unwrapped(std::string_view text) {
  auto const scanned = json::scan(text, {});
  if (!scanned || scanned->root_is_object || scanned->members.empty()) return text;
  auto const& first = scanned->members.front().value;
  return text.substr(first.begin, first.size());
}

}  // namespace

Error error_of(int status, std::string_view body, FieldLookup const& field) {
  return error_from_body(status, body, field, &refine);
}

std::optional<Error> told_error(RawNode const& root) {
  return error_inside(root, &refine);
}

Error error_in_text(std::string_view text) {
  if (auto const root = RawNode::parse(unwrapped(text)))
    if (auto error = told_error(*root)) return *error;
  return broken_answer("text that is no answer");
}

}  // namespace tsg::providers::gemini
