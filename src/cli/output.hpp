// Tables for people, JSON for scripts.
#pragma once
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tsg::cli {

// Rows are objects; columns name their members. Lists are joined by commas, null and absent are "-".
std::string table(nlohmann::ordered_json const& rows, std::vector<std::string> const& columns);

}  // namespace tsg::cli
