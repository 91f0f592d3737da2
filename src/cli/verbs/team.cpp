// tsg team …
#include "cli/admin_client.hpp"
#include "cli/verbs/shared.hpp"

namespace tsg::cli {
namespace {

Columns const kTeamColumns{"id", "name", "status", "created_at"};

std::string teams_of(Options const& o) {
  return "/admin/v1/orgs/" + percent_encoded(o.org) + "/teams";
}

}  // namespace

void add_team(CLI::App& app, OptionsPtr const& o, int& code) {
  auto* team = app.add_subcommand("team", "Teams of an organisation")->require_subcommand(1);
  auto* c = with_output(team->add_subcommand("create", "Create a team"), o);
  c->add_option("id", o->id, "[a-z0-9-]{1,63}")->required();
  c->add_option("--org", o->org, "Organisation")->required();
  c->add_option("--name", o->name, "Name for people");
  c->callback([o, &code] {
    code = call(*o, "POST", teams_of(*o), {{"id", o->id}, {"name", o->name}}, kTeamColumns);
  });
  auto const path = [o] { return teams_of(*o) + "/" + percent_encoded(o->id); };
  for (auto const& [verb, disabled] : {std::pair{"disable", true}, {"enable", false}}) {
    c = with_output(team->add_subcommand(verb, "Acts on its keys with their next request"), o);
    c->add_option("id", o->id, "Team, without its organisation")->required();
    c->add_option("--org", o->org, "Organisation")->required();
    c->callback([o, path, disabled = disabled, &code] {
      code = call(*o, "PATCH", path(), {{"disabled", disabled}}, kTeamColumns);
    });
  }
  c = with_output(team->add_subcommand("delete", "Delete for ever; ledger and audit stay"), o);
  c->add_option("id", o->id, "Team, without its organisation")->required();
  c->add_option("--org", o->org, "Organisation")->required();
  c->callback([o, path, &code] { code = call(*o, "DELETE", path(), {}, kTeamColumns); });
  c = with_output(team->add_subcommand("list", "List teams"), o);
  c->add_option("--org", o->org, "Organisation")->required();
  c->callback([o, &code] { code = list(*o, teams_of(*o), kTeamColumns); });
}

}  // namespace tsg::cli
