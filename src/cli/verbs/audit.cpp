// tsg audit list, tsg explain
#include "cli/admin_client.hpp"
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

}  // namespace

void add_audit(CLI::App& app, CLI::App& audit, OptionsPtr const& o, int& code) {
  auto* c = with_output(audit.add_subcommand("list", "Newest audit records"), o);
  add_filters(c, o);
  c->callback([o, &code] { code = newest(*o); });

  auto* explain = app.add_subcommand("explain", "One request's record in full");
  explain->add_option("request_id", o->id, "As in the x-request-id header")->required();
  explain->callback([o, &code] {
    Options json_output = *o;
    json_output.output = "json";
    code = call(json_output, "GET", "/admin/v1/audit/" + percent_encoded(o->id), {}, {});
  });
}

}  // namespace tsg::cli
