// tsg budget …
#include "cli/admin_client.hpp"
#include "cli/verbs/shared.hpp"

namespace tsg::cli {
namespace {

Columns const kColumns{"scope", "scope_id", "environment", "limit", "settled", "held", "remaining"};

int set(Options const& o, std::vector<int> const& alerts) {
  Json body = {{"monthly_usd", o.budget}};
  if (!alerts.empty()) body["alerts_percent"] = alerts;
  return call(o, "PUT", document_path("budgets", o), body,
              {"scope", "scope_id", "environment", "version", "document"});
}

}  // namespace

void add_budget(CLI::App& app, OptionsPtr const& o, int& code) {
  auto* budget = app.add_subcommand("budget", "Money per calendar month")->require_subcommand(1);
  add_document_verbs(*budget, "budgets", o, code);
  auto alerts = std::make_shared<std::vector<int>>();
  auto* c = with_output(budget->add_subcommand("set", "Attach a budget; acts on the next request"), o);
  add_scope(c, o);
  c->add_option("--monthly-usd", o->budget, "The limit: 100.00")->required();
  c->add_option("--alerts-percent", *alerts, "Record an alert at these: 50,80,100")->delimiter(',');
  c->callback([o, alerts, &code] { code = set(*o, *alerts); });
  c = with_output(budget->add_subcommand("show", "Where it stands this month"), o);
  add_scope(c, o);
  c->callback([o, &code] { code = call(*o, "GET", document_path("budgets", *o), {}, kColumns); });
}

}  // namespace tsg::cli
