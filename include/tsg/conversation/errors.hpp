// What is wrong with a client's words, named by its own path.
#pragma once
#include <string>
#include <string_view>

#include "tsg/core/error.hpp"

namespace tsg::conversation {

Error wrong(std::string param, std::string_view rule);      // "'messages[2].role' must be a string."
std::string indexed(std::string_view list, std::size_t i);  // "messages[2]"

}  // namespace tsg::conversation
