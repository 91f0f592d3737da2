// tsg org …
#include "cli/admin_client.hpp"
#include "cli/verbs/shared.hpp"

namespace tsg::cli {
namespace {

Columns const kColumns{"id", "name", "created_at"};

}  // namespace

void add_org(CLI::App& app, OptionsPtr const& o, int& code) {
  auto* org = app.add_subcommand("org", "Organisations")->require_subcommand(1);
  auto* c = with_output(org->add_subcommand("create", "Create an organisation"), o);
  c->add_option("id", o->id, "[a-z0-9-]{1,63}")->required();
  c->add_option("--name", o->name, "Name for people");
  c->callback([o, &code] {
    code = call(*o, "POST", "/admin/v1/orgs", {{"id", o->id}, {"name", o->name}}, kColumns);
  });
  c = with_output(org->add_subcommand("list", "List organisations"), o);
  c->callback([o, &code] { code = list(*o, "/admin/v1/orgs", kColumns); });
}

}  // namespace tsg::cli
