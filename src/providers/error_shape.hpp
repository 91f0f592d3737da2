// Providers' failures to ours: the contract's error table, read from the side of the provider. Shared by all
// dialects; what is particular to one is turned into a Failure first.
#pragma once
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "providers/raw_json.hpp"
#include "tsg/core/error.hpp"

namespace tsg::providers {

struct Failure {
  Failure() = default;
  int status = 0;  // 0: told inside a 200
  std::string message, type, code, param;
  std::optional<std::chrono::milliseconds> retry_after;  // told in the body; headers are asked without it
};

using FieldLookup = std::function<std::string_view(std::string_view)>;

// Only where the request itself is at fault does the client read the provider's words, sanitised. All other
// failures are about our account or their servers: those words go to our log, sanitised too.
Error classify(Failure const& failure);
// A dialect's own reading of a failure, before it is classified: may fill in or correct what read_failure()
// found. `root` is empty if the body was no JSON object.
using Refine = void (*)(RawNode const& root, Failure& failure);
// A body of any shape (failure_reason.hpp), HTML, nothing.
Error error_from_body(int status, std::string_view body, FieldLookup const& field, Refine refine = nullptr);
// An error in a body or event of a 200; nullopt if there is none. `error: null` is none.
std::optional<Error> error_inside(RawNode const& root, Refine refine = nullptr);
// The same where something else than the member `error` says that it is one.
Error told_inside(RawNode const& root, Refine refine = nullptr);
Failure read_failure(RawNode const& root, int status);
// retry-after-ms, else retry-after in seconds or as an HTTP date, at most a day. Adapters have no clock: a
// date is measured from the answer's own `date`, which the caller fills in where the provider sent none.
std::optional<std::chrono::milliseconds> retry_after(FieldLookup const& field);

// A 2xx that cannot be used: cut off, or nonsense. It may have been billed, so nobody is told to retry.
Error broken_answer(std::string_view log);
// The same, of one member that the client should read about: "choices[0].message", "is missing or has a type
// that cannot be read". Paths are made of names that we know, never of the provider's text.
Error broken_member(std::string_view member,
                    std::string_view what = "is missing or has a type that cannot be read");

}  // namespace tsg::providers
