// tsg budget …
#include "cli/admin_client.hpp"

#include <nlohmann/json.hpp>

#include "cli/verbs/shared.hpp"
#include "tsg/json/value.hpp"

namespace tsg::cli {
namespace {

Columns const kBudgetColumns{"scope", "scope_id", "environment", "limit", "settled", "held", "remaining"};

// A new limit takes no top-up away, nor the alerts where none are given.
int set(Options const& o, std::vector<int> const& alerts) {
  auto client = AdminClient::from_environment(o.insecure);
  if (!client) return fail(client.error());
  auto there = client->call("GET", document_path("budgets", o));
  if (!there) return fail(there.error());
  auto const shown = json::parse_ordered(there->body);
  Json body = there->status == 200 ? shown["document"] : Json::object();
  body["monthly_usd"] = o.budget;
  if (!alerts.empty()) body["alerts_percent"] = alerts;
  return call(o, "PUT", document_path("budgets", o), body,
              {"scope", "scope_id", "environment", "version", "document"});
}

std::string topups_path(Options const& o, std::string const& id = {}) {
  auto path = document_path("budgets", o);
  auto const query = std::min(path.find('?'), path.size());
  return path.insert(query, id.empty() ? "/topups" : "/topups/" + percent_encoded(id));
}

int top_up(Options const& o) {
  Json body = {{"usd", o.budget}};
  if (!o.expires.empty()) body["expires_at"] = o.expires;
  if (!o.message.empty()) body["reason"] = o.message;
  return call(o, "POST", topups_path(o), body, kBudgetColumns);
}

}  // namespace

void add_budget(CLI::App& app, OptionsPtr const& o, int& code) {
  auto* budget = app.add_subcommand("budget", "Money per calendar month")->require_subcommand(1);
  add_document_verbs(*budget, "budgets", o, code);
  auto alerts = std::make_shared<std::vector<int>>();
  auto* c = with_output(budget->add_subcommand("set", "Attach a budget; acts on the next request"), o);
  add_scope(c, o);
  c->add_option("--monthly-usd", o->budget, "The limit: 100.00")->required();
  c->add_option("--alerts-percent", *alerts,
                "Record an alert when settled and held together reach these: 50,80,100")
      ->delimiter(',');
  c->callback([o, alerts, &code] { code = set(*o, *alerts); });
  c = with_output(budget->add_subcommand("show", "Where it stands this month"), o);
  add_scope(c, o);
  c->callback([o, &code] { code = call(*o, "GET", document_path("budgets", *o), {}, kBudgetColumns); });
  c = with_output(budget->add_subcommand("topup", "More for this month, until a time"), o);
  add_scope(c, o);
  c->add_option("--usd", o->budget, "How much: 25.00")->required();
  c->add_option("--expires-at", o->expires, "RFC 3339 time; default: the end of the month");
  c->add_option("--reason", o->message, "For the audit record");
  c->callback([o, &code] { code = top_up(*o); });
  c = with_output(budget->add_subcommand("end-topup", "End a top-up now"), o);
  add_scope(c, o);
  c->add_option("topup", o->name, "top_…, of `tsg budget get`")->required();
  c->callback([o, &code] { code = call(*o, "DELETE", topups_path(*o, o->name), {}, kBudgetColumns); });
}

}  // namespace tsg::cli
