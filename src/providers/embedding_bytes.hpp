// A vector's two spellings: numbers, and little-endian float32 in base64 (what OpenAI's SDKs ask for unless
// told otherwise).
#pragma once
#include <string>

#include "providers/raw_json.hpp"

namespace tsg::providers {

// "" if a value is no number.
std::string packed_floats(RawNode const& numbers);
// A JSON array; "" if the text is no base64 of whole, finite floats.
std::string unpacked_floats(std::string_view base64);

}  // namespace tsg::providers
