// A configuration file with the place of each of its keys, for those who find problems in a section later
// than the reader of the file.
#pragma once
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "tsg/config/config.hpp"

namespace tsg::config {

// Line and column by path: "limits.streams_max", "routes.fast.targets[0].weight".
using Places = std::map<std::string, std::pair<int, int>, std::less<>>;

struct File {
  File() = default;
  std::filesystem::path name;
  Loaded loaded;
  Places places;
};
File read_file(std::filesystem::path const& name);
File read_text(std::string_view yaml, std::filesystem::path const& base_dir);

// The message begins with the path of the key it is about ("routes.fast.targets[0].weight: …",
// "models.openai/gpt-4o: prices: …"): that, or the nearest key around it, is the place.
Problem placed(Places const& places, std::string message);
// "file:line:column: message"; what concerns the whole file stands at its beginning.
std::string to_string(std::filesystem::path const& file, Problem const& problem);

}  // namespace tsg::config
