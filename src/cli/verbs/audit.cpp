// tsg audit list, tsg explain
#include <cstdio>

#include "cli/admin_client.hpp"
#include "cli/explain.hpp"
#include "cli/verbs/shared.hpp"

namespace tsg::cli {
namespace {

Columns const kColumns{"seq",     "time",   "kind", "request_id", "key_id", "model_requested",
                       "verdict", "status", "code", "cost_usd"};

int newest(Options const& o) {
  auto client = AdminClient::from_environment();
  if (!client) return fail(client.error());
  auto page = client->json("GET", "/admin/v1/audit" + filters(o));
  if (!page) return fail(page.error());
  return show(o, (*page)["data"], kColumns);
}

int explain_request(Options const& o) {
  auto client = AdminClient::from_environment();
  if (!client) return fail(client.error());
  auto record = client->json("GET", "/admin/v1/audit/" + percent_encoded(o.id));
  if (!record) return fail(record.error());
  if (o.output == "json") return show(o, *record, {});
  std::fputs(explained(*record).c_str(), stdout);
  return 0;
}

}  // namespace

void add_audit(CLI::App& app, CLI::App& audit, OptionsPtr const& o, int& code) {
  auto* c = with_output(audit.add_subcommand("list", "Newest audit records"), o);
  add_filters(c, o);
  c->callback([o, &code] { code = newest(*o); });

  auto* explain = with_output(app.add_subcommand("explain", "One request's decision in full"), o);
  explain->add_option("request_id", o->id, "As in the x-request-id header")->required();
  explain->callback([o, &code] { code = explain_request(*o); });
}

}  // namespace tsg::cli
