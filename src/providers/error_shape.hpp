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
// {"error":{…}}, {"error":"…","code":"…"}, [{"error":{…}}], HTML, nothing.
Error error_from_body(int status, std::string_view body, FieldLookup const& field, Refine refine = nullptr);
// An error in a body or event of a 200; nullopt if there is none. `error: null` is none.
std::optional<Error> error_inside(RawNode const& root, Refine refine = nullptr);
// The same where something else than the member `error` says that it is one.
Error told_inside(RawNode const& root, Refine refine = nullptr);
Failure read_failure(RawNode const& root, int status);
// retry-after-ms, else retry-after in seconds, at most a day. HTTP dates are left out: adapters have no
// clock.
std::optional<std::chrono::milliseconds> retry_after(FieldLookup const& field);

// A 2xx that cannot be used: cut off, or nonsense. It may have been billed, so nobody is told to retry.
Error broken_answer(std::string_view log);

}  // namespace tsg::providers
