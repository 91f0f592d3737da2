// How hard a model shall think, by the rules of its catalogue entry: `effort` lists what it accepts.
#pragma once
#include <string>
#include <vector>

#include "tsg/providers/adapter.hpp"

namespace tsg::providers {

// "" = say nothing. Without the rule any word goes out, the provider decides. An empty list means the model
// cannot be told: a wish to think more or less is dropped, a wish not to think at all is refused if it
// thinks.
Result<std::string> effort_of(ChatRequest const& request, EncodeContext const& context,
                              std::vector<std::string>& dropped);

}  // namespace tsg::providers
