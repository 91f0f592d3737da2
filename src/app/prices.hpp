// tsg prices check FILE
#pragma once
#include <filesystem>

namespace tsg::app {

// Every problem of a catalogue file on stderr, one a line; 0 = it can be loaded.
int check_prices(std::filesystem::path const& file);

}  // namespace tsg::app
