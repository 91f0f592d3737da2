// tsg token …
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/admin_client.hpp"
#include "cli/verbs/shared.hpp"

namespace tsg::cli {
namespace {

Columns const kTokenColumns{"id", "name", "role", "org", "display", "status", "expires_at"};

int create_token(Options const& o) {
  Json body = {{"name", o.name}, {"role", o.role}};
  if (!o.org.empty()) body["org"] = o.org;
  if (!o.expires.empty()) body["expires_at"] = o.expires;
  auto client = AdminClient::from_environment(o.insecure);
  if (!client) return fail(client.error());
  auto answer = client->json("POST", "/admin/v1/tokens", body);
  if (!answer) return fail(answer.error());
  if (o.output == "json") return show(o, *answer, {});
  std::printf("id     %s\ntoken  %s\n\nThe token is shown this once; only its digest is stored.\n",
              (*answer)["id"].get<std::string>().c_str(), (*answer)["token"].get<std::string>().c_str());
  return 0;
}

}  // namespace

void add_token(CLI::App& app, OptionsPtr const& o, int& code) {
  auto* token = app.add_subcommand("token", "Admin tokens")->require_subcommand(1);
  auto* c = with_output(token->add_subcommand("create", "Create a token; it is shown once"), o);
  c->add_option("--name", o->name, "Whose it is")->required();
  c->add_option("--role", o->role, "owner, admin, auditor, finance, viewer, metrics")->required();
  c->add_option("--org", o->org, "Limit it to one organisation");
  c->add_option("--expires-at", o->expires, "RFC 3339 time");
  c->callback([o, &code] { code = create_token(*o); });
  c = with_output(token->add_subcommand("list", "List tokens"), o);
  c->callback([o, &code] { code = list(*o, "/admin/v1/tokens", kTokenColumns); });
  c = with_output(token->add_subcommand("revoke", "Revoke a token; its next call fails"), o);
  c->add_option("id", o->id, "tok_…")->required();
  c->callback([o, &code] {
    code = call(*o, "POST", "/admin/v1/tokens/" + percent_encoded(o->id) + "/revoke", Json::object(),
                kTokenColumns);
  });
}

}  // namespace tsg::cli
