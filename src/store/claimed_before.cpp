#include "tsg/store/claimed_before.hpp"

namespace tsg::store {

Error claimed_before(Errc code, RequestId const& original) {
  auto const id = original.text();
  std::string message;
  if (code == Errc::idempotency_indeterminate)
    message =
        "The outcome of the request with this Idempotency-Key is unknown: it may have been carried out and "
        "billed. Look request " +
        id + " up (`tsg explain`), and use a new key to send it again.";
  if (code == Errc::idempotency_response_too_large)
    message =
        "The answer of the request with this Idempotency-Key, " + id +
        ", is not kept for a replay: it was too large, or gave way to newer answers of its organisation. "
        "Use a new key to send it again, and pay again.";
  return message.empty() ? Error{code} : Error{code, std::move(message)};
}

}  // namespace tsg::store
