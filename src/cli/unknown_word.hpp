// Which word of a command line is not a command. CLI11 says of `tsg bogus` that a subcommand is required.
#pragma once
#include <CLI/CLI.hpp>
#include <optional>
#include <string>
#include <vector>

namespace tsg::cli {

// "'bogus' is not a command of 'tsg'; …". nullopt: every word up to the first option or argument is known.
std::optional<std::string> unknown_word(CLI::App const& app, std::vector<std::string> const& words);

}  // namespace tsg::cli
