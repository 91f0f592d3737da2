// The reason in an error body, whatever its shape: servers and frameworks each have their own, and some put
// one's body as text into another's. The words are not sanitised yet.
#pragma once
#include <string>
#include <string_view>

#include "providers/raw_json.hpp"

namespace tsg::providers {

struct Reason {
  Reason() = default;
  std::string message, type, code, param;  // as far as they are told
  std::int64_t status = 0;                 // a code or status that is an HTTP status of an error; 0 = none
};

// Of a JSON body that is an object. Message "" = it gives none.
Reason reason_of(RawNode const& root);
// Of any body: JSON of whatever kind, or plain text. Mark-up is no reason.
Reason reason_in_text(std::string_view body);

// A model's context is too small for the request, in the words of hosted APIs and of local servers.
bool says_context_overflow(std::string_view message) noexcept;

}  // namespace tsg::providers
