#include "cli/commands.hpp"

#include <algorithm>

#include "cli/verbs/shared.hpp"
#include "cli/verbs/usage.hpp"

namespace tsg::cli {
namespace {

std::vector<CLI::App*> commands_of(CLI::App& group) {
  auto const inner = group.get_subcommands([](CLI::App*) { return true; });
  if (inner.empty()) return {&group};
  std::vector<CLI::App*> all;
  for (auto* one : inner)
    for (auto* c : commands_of(*one)) all.push_back(c);
  return all;
}

}  // namespace

void add_admin_commands(CLI::App& app, CLI::App& audit, CLI::App& prices, int& code) {
  auto const offline = commands_of(app);
  auto const o = std::make_shared<Options>();  // one command runs per process: they share the options
  add_org(app, o, code);
  add_team(app, o, code);
  add_key(app, o, code);
  add_route(app, o, code);
  add_policy(app, o, code);
  add_limit(app, o, code);
  add_budget(app, o, code);
  add_token(app, o, code);
  add_apply(app, o, code);
  add_models(app, o, code);
  add_prices(prices, o, code);
  add_provider(app, o, code);
  add_usage(app, o, code);
  add_audit(app, audit, o, code);
  for (auto* command : commands_of(app))
    if (std::ranges::find(offline, command) == offline.end())
      command->add_flag("--insecure", o->insecure, "Let the token go over http:// to another host");
}

}  // namespace tsg::cli
