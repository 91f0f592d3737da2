// A chat body made of a prompt again, for the tests: what reading lost would be missing in it.
#pragma once
#include <string>

#include "tsg/conversation/prompt.hpp"

namespace tsg::surfaces {

std::string composed(conversation::Prompt const& prompt);
// All that items and tools say, but not where in the body they stand.
std::string shown(conversation::Prompt const& prompt);

}  // namespace tsg::surfaces
