// One audit record for people: what is one value on a line, what is a list as a table. Nothing is left out,
// so a member that a later version records shows too.
#pragma once
#include <string>

#include "tsg/json/value.hpp"

namespace tsg::cli {

std::string explained(nlohmann::ordered_json const& record);

}  // namespace tsg::cli
