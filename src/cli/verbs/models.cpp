// tsg models …
#include "cli/verbs/shared.hpp"

namespace tsg::cli {

void add_models(CLI::App& app, OptionsPtr const& o, int& code) {
  auto* models = app.add_subcommand("models", "The catalogue")->require_subcommand(1);
  auto* c = with_output(models->add_subcommand("list", "Models, what they can and what they cost"), o);
  c->callback([o, &code] {
    code = list(*o, "/admin/v1/models",
                {"provider", "id", "status", "context_window", "max_output_tokens", "input_usd_per_million",
                 "output_usd_per_million", "capabilities", "deprecated_on"});
  });
}

}  // namespace tsg::cli
