#include "cli/commands.hpp"

#include "cli/verbs/shared.hpp"
#include "cli/verbs/usage.hpp"

namespace tsg::cli {

void add_admin_commands(CLI::App& app, CLI::App& audit, CLI::App& prices, int& code) {
  auto const o = std::make_shared<Options>();  // one command runs per process: they share the options
  add_org(app, o, code);
  add_team(app, o, code);
  add_key(app, o, code);
  add_route(app, o, code);
  add_policy(app, o, code);
  add_limit(app, o, code);
  add_budget(app, o, code);
  add_token(app, o, code);
  add_apply(app, code);
  add_models(app, o, code);
  add_prices(prices, o, code);
  add_provider(app, o, code);
  add_usage(app, o, code);
  add_audit(app, audit, o, code);
}

}  // namespace tsg::cli
