// tsg provider …
#include "cli/verbs/shared.hpp"

namespace tsg::cli {

void add_provider(CLI::App& app, OptionsPtr const& o, int& code) {
  auto* provider = app.add_subcommand("provider", "Provider instances")->require_subcommand(1);
  auto* c = with_output(provider->add_subcommand("list", "State of each provider"), o);
  c->callback([o, &code] { code = list(*o, "/admin/v1/providers", {"id", "dialect", "host"}); });
}

}  // namespace tsg::cli
