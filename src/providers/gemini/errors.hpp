// Google's error objects (google.rpc.Status as JSON, §2.9) to the contract's table.
#pragma once
#include "providers/error_shape.hpp"

namespace tsg::providers::gemini {

// A status that is no success. Bodies may be an object or an array of one.
Error error_of(int status, std::string_view body, FieldLookup const& field);
// Told inside a 200: a body, an event, or bare JSON between events. nullopt: `root` has no error.
std::optional<Error> told_error(RawNode const& root);
// `text` as an error object or an array of one; broken_answer() if it is neither.
Error error_in_text(std::string_view text);

}  // namespace tsg::providers::gemini
