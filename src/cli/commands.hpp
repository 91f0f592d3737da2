// The commands that talk to a running gateway's admin API.
#pragma once

namespace CLI {
class App;
}

namespace tsg::cli {

// Adds `org`, `team`, `key`, `provider`, `audit list`, `explain` and `models` to the command line. Each sets
// `exit_code`.
void add_admin_commands(CLI::App& app, CLI::App& audit, int& exit_code);

}  // namespace tsg::cli
