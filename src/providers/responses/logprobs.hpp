// Log probabilities of an output_text, whole or of a delta, as chat's. They come if they were asked for.
#pragma once
#include <string>

#include "providers/raw_json.hpp"

namespace tsg::providers::responses {

// Adds the entries of `part.logprobs` to a list without brackets.
void append_logprobs(std::string& list, RawNode const& part);
std::string logprobs_of(std::string_view list);  // chat's object; "" for an empty list

}  // namespace tsg::providers::responses
