// The commands that talk to a running gateway's admin API.
#pragma once

namespace CLI {
class App;
}

namespace tsg::cli {

// One file per group in verbs/. Each callback sets `exit_code`.
void add_admin_commands(CLI::App& app, CLI::App& audit, CLI::App& prices, int& exit_code);

}  // namespace tsg::cli
