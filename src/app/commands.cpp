#include "app/commands.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <optional>

#include "app/demo.hpp"
#include "app/prices.hpp"
#include "app/serve.hpp"
#include "app/version.hpp"
#include "cli/commands.hpp"
#include "cli/unknown_word.hpp"
#include "tsg/core/printable.hpp"
#include "tsg/store/verify.hpp"

namespace tsg::app {

int run(int argc, char** argv) {
  CLI::App app{
      "ThreadSync LLM Gateway: one endpoint for every provider, with keys, budgets and an audit log that can "
      "be verified."};
  app.name("tsg");
  app.require_subcommand(1);
  int code = 0;

  std::filesystem::path config_file;
  auto* serve_command = app.add_subcommand("serve", "Run the gateway");
  serve_command->add_option("--config", config_file, "Configuration file")->required();
  serve_command->callback([&] { code = serve(config_file); });
  auto* check = app.add_subcommand("check", "Check a configuration: every problem as file:line:column");
  check->add_option("--config", config_file, "Configuration file")->required();
  check->callback([&] { code = check_config(config_file); });

  DemoOptions demo_options;
  auto* demo_command =
      app.add_subcommand("demo", "Gateway, simulated providers and a seeded organisation; no account needed");
  demo_command->add_option("--data-dir", demo_options.data_dir, "Where everything is kept")
      ->capture_default_str();
  demo_command->add_option("--listen", demo_options.listen, "Client address")->capture_default_str();
  demo_command->add_option("--admin-listen", demo_options.admin_listen, "Admin address")
      ->capture_default_str();
  demo_command->callback([&] { code = demo(demo_options); });

  auto* audit = app.add_subcommand("audit", "The audit log")->require_subcommand(1);
  std::filesystem::path data_dir, checkpoint;
  auto* verify = audit->add_subcommand(
      "verify",
      "Check the log, and documents, ledger and sums against it; offline, or beside a running gateway");
  verify->footer(
      "Exit code: 0 consistent; 1 tampered; 2 the checkpoint cannot be checked; 3 usage, or something\n"
      "cannot be read; 4 consistent with breaks (each is listed; those put on record with\n"
      "`tsg audit acknowledge` do not count). Where several hold: 3, 1, 2, 4.\n\n"
      "Without --checkpoint every edit to a part of the folder is found that was made without the\n"
      "master key (records behind the signed head, a second's worth after a kill, are for the\n"
      "gateway's next start to judge). Two things are found only with it, since nothing in the folder\n"
      "can know them: the whole folder put back to an earlier state, or removed and begun anew; and a\n"
      "log rewritten by somebody who has the master key. So keep copies of audit.head elsewhere,\n"
      "where who can write the folder cannot write.");
  verify->add_option("--data-dir", data_dir, "The gateway's data directory")->required();
  verify->add_option("--checkpoint", checkpoint, "A copy of audit.head kept elsewhere");
  verify->callback([&] {
    auto const report =
        store::verify(data_dir, checkpoint.empty() ? std::nullopt : std::optional{checkpoint});
    std::fprintf(report.exit_code == 0 || report.exit_code == 4 ? stdout : stderr, "%s\n",
                 printable(report.message, Breaks::kept).c_str());
    code = report.exit_code;
  });

  std::filesystem::path prices_file;
  auto* prices = app.add_subcommand("prices", "Models and prices")->require_subcommand(1);
  auto* check_file =
      prices->add_subcommand("check", "Check a catalogue file: every problem, nothing is changed");
  check_file->add_option("FILE", prices_file, "In the form of config/catalog.json")->required();
  check_file->callback([&] { code = check_prices(prices_file); });

  app.add_subcommand("version", "Version, commit, build type, libraries")->callback([] {
    std::printf("%s\n%s", version_line().c_str(), library_lines().c_str());
  });
  cli::add_admin_commands(app, *audit, *prices, code);

  if (auto const unknown = cli::unknown_word(app, {argv + std::min(argc, 1), argv + argc})) {
    std::fprintf(stderr, "tsg: %s\n", printable(*unknown).c_str());
    return 2;
  }
  try {
    app.parse(argc, argv);
  } catch (CLI::ParseError const& e) {
    if (e.get_exit_code() == 0) return app.exit(e);  // --help
    std::fprintf(stderr, "tsg: %s (see --help)\n", printable(e.what()).c_str());
    // `audit verify` has its own code for usage: 2 means a checkpoint that cannot be checked.
    bool const verifying =
        argc > 2 && std::string_view{argv[1]} == "audit" && std::string_view{argv[2]} == "verify";
    return verifying ? 3 : 2;
  }
  return code;
}

}  // namespace tsg::app
