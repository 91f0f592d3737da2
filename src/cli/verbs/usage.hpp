// tsg usage show|export
#pragma once
#include "cli/verbs/shared.hpp"

namespace tsg::cli {

void add_usage(CLI::App& app, OptionsPtr const& o, int& code);

}  // namespace tsg::cli
