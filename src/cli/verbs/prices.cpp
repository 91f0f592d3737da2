// tsg prices …, but for `check`, which needs no gateway.
#include <utility>

#include "cli/admin_client.hpp"
#include "cli/verbs/shared.hpp"

namespace tsg::cli {
namespace {

std::string prices_path(Options const& o) {
  std::string path = "/admin/v1/prices";
  char sign = '?';
  for (auto const& [name, value] : {std::pair{"provider", o.name}, {"model", o.model}})
    if (!value.empty()) path += std::exchange(sign, '&') + std::string{name} + "=" + percent_encoded(value);
  return path;
}

}  // namespace

void add_prices(CLI::App& prices, OptionsPtr const& o, int& code) {
  auto* c = with_output(prices.add_subcommand("list", "The price list in use, dated"), o);
  c->add_option("--provider", o->name, "One provider only");
  c->add_option("--model", o->model, "One model only");
  c->callback([o, &code] {
    code =
        list(*o, prices_path(*o),
             {"provider", "model", "tier", "context", "effective_from", "effective_to", "usd_per_million"});
  });
  auto* terms = prices.add_subcommand("terms", "Negotiated discounts, and mark-ups for chargeback");
  terms->require_subcommand(1);
  add_document_verbs(*terms, "prices/terms", o, code);
}

}  // namespace tsg::cli
