// §1.10 and §3.6: what Anthropic's failures say, in the words that classify() knows.
#include <array>

#include "providers/anthropic/adapter.hpp"

namespace tsg::providers::anthropic {
namespace {

struct TypeStatus {
  std::string_view type;
  int status;
};
// The status that goes with each type: told inside a 200, the type is all there is.
constexpr std::array kStatus{
    TypeStatus{"invalid_request_error", 400},
    TypeStatus{"authentication_error", 401},
    TypeStatus{"billing_error", 402},
    TypeStatus{"permission_error", 403},
    TypeStatus{"not_found_error", 404},
    TypeStatus{"conflict_error", 409},
    TypeStatus{"request_too_large", 413},
    TypeStatus{"rate_limit_error", 429},
    TypeStatus{"api_error", 500},
    TypeStatus{"timeout_error", 504},
    TypeStatus{"overloaded_error", 529},
};

bool says(Failure const& f, std::string_view words) noexcept {
  return f.message.find(words) != std::string::npos;
}

// Spend limits come as 400 or 429, a used-up balance as 400: waiting does not help, and it is not the
// client's doing.
bool wallet_is_empty(RawNode const& root, Failure const& f) {
  return f.type == "billing_error" || says(f, "specified API usage limits") ||
         says(f, "workspace API usage limits") || says(f, "credit balance is too low") ||
         text_of(root.child("error").child("details")["error_code"]) == "enforced_spend_limit_reached";
}

}  // namespace

void refine(RawNode const& root, Failure& f) {
  if (f.status == 0)
    for (auto const& known : kStatus)
      if (known.type == f.type) f.status = known.status;
  if (wallet_is_empty(root, f)) f.code = "insufficient_quota";
  if (says(f, "prompt is too long") || says(f, "exceed context limit")) f.code = "context_length_exceeded";
  // Made in front of the API, in HTML or whatever it likes.
  if (f.status == 413 && f.message.empty())
    f.message = "The request is larger than the provider takes (32 MB).";
}

}  // namespace tsg::providers::anthropic
