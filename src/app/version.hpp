#pragma once
#include <string>

namespace tsg::app {

std::string version_line();  // "tsg 0.1.0 (abc1234, Release)"
std::string library_lines();

}  // namespace tsg::app
