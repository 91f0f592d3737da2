// YAML (and so JSON) files of the command line as JSON. Plain scalars become what YAML 1.2's core schema
// says; quoted ones stay strings.
#pragma once
#include <filesystem>
#include <string>

#include "tsg/core/error.hpp"
#include "tsg/json/value.hpp"

namespace tsg::cli {

Result<nlohmann::ordered_json> json_of_yaml(std::string const& text);         // error with line and column
Result<nlohmann::ordered_json> read_yaml(std::filesystem::path const& file);  // "-" = stdin
std::string yaml_of_json(nlohmann::ordered_json const& value);

}  // namespace tsg::cli
