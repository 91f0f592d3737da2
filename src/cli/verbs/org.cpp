// tsg org …
#include "cli/admin_client.hpp"
#include "cli/verbs/shared.hpp"

namespace tsg::cli {
namespace {

Columns const kOrgColumns{"id", "name", "status", "created_at"};

}  // namespace

void add_org(CLI::App& app, OptionsPtr const& o, int& code) {
  auto* org = app.add_subcommand("org", "Organisations")->require_subcommand(1);
  auto* c = with_output(org->add_subcommand("create", "Create an organisation"), o);
  c->add_option("id", o->id, "[a-z0-9-]{1,63}")->required();
  c->add_option("--name", o->name, "Name for people");
  c->callback([o, &code] {
    code = call(*o, "POST", "/admin/v1/orgs", {{"id", o->id}, {"name", o->name}}, kOrgColumns);
  });
  auto const path = [o] { return "/admin/v1/orgs/" + percent_encoded(o->id); };
  for (auto const& [verb, disabled] : {std::pair{"disable", true}, {"enable", false}}) {
    c = with_output(org->add_subcommand(verb, "Acts on everything below with the next request"), o);
    c->add_option("id", o->id, "Organisation")->required();
    c->callback([o, path, disabled = disabled, &code] {
      code = call(*o, "PATCH", path(), {{"disabled", disabled}}, kOrgColumns);
    });
  }
  c = with_output(org->add_subcommand("delete", "Delete for ever; ledger and audit stay"), o);
  c->add_option("id", o->id, "Organisation")->required();
  c->callback([o, path, &code] { code = call(*o, "DELETE", path(), {}, kOrgColumns); });
  c = with_output(org->add_subcommand("list", "List organisations"), o);
  c->callback([o, &code] { code = list(*o, "/admin/v1/orgs", kOrgColumns); });
}

}  // namespace tsg::cli
