#include "cli/commands.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "cli/admin_client.hpp"
#include "cli/output.hpp"

namespace tsg::cli {
namespace {

using json = nlohmann::ordered_json;
using Columns = std::vector<std::string>;

struct Options {
  std::string output = "table";
  std::string org, team, environment, name, id, budget, expires, path;
  std::vector<std::string> models;
};

int fail(Error const& error) {
  std::fprintf(stderr, "tsg: %s\n", std::string{error.message()}.c_str());
  return 1;
}

int show(Options const& o, json const& rows, Columns const& columns) {
  if (o.output == "json")
    std::printf("%s\n", rows.dump(2).c_str());
  else
    std::fputs(table(rows.is_array() ? rows : json::array({rows}), columns).c_str(), stdout);
  return 0;
}

int call(Options const& o, char const* method, std::string const& path, json const& body, Columns const& columns) {
  auto client = AdminClient::from_environment();
  if (!client) return fail(client.error());
  auto answer = client->json(method, path, body);
  if (!answer) return fail(answer.error());
  return show(o, *answer, columns);
}

// All pages of a list.
int list(Options const& o, std::string path, Columns const& columns) {
  auto client = AdminClient::from_environment();
  if (!client) return fail(client.error());
  json all = json::array();
  std::string cursor;
  path += path.find('?') == std::string::npos ? "?limit=1000" : "&limit=1000";
  do {
    auto page = client->json("GET", path + (cursor.empty() ? "" : "&cursor=" + percent_encoded(cursor)));
    if (!page) return fail(page.error());
    for (auto& row : (*page)["data"]) all.push_back(std::move(row));
    cursor = (*page)["next_cursor"].is_string() ? (*page)["next_cursor"].get<std::string>() : "";
  } while (!cursor.empty());
  return show(o, all, columns);
}

std::string filters(Options const& o) {
  std::string query;
  for (auto const& [name, value] : {std::pair{"org", o.org}, {"team", o.team}, {"environment", o.environment}})
    if (!value.empty()) query += (query.empty() ? "?" : "&") + std::string{name} + "=" + percent_encoded(value);
  return query;
}

int create_key(Options const& o) {
  json body = {{"org", o.org}, {"team", o.team}, {"environment", o.environment}, {"name", o.name}, {"allowed_models", o.models}};
  if (!o.budget.empty()) body["monthly_budget_usd"] = o.budget;
  if (!o.expires.empty()) body["expires_at"] = o.expires;
  auto client = AdminClient::from_environment();
  if (!client) return fail(client.error());
  auto answer = client->json("POST", "/admin/v1/keys", body);
  if (!answer) return fail(answer.error());
  if (o.output == "json") return show(o, *answer, {});
  std::printf("id   %s\nkey  %s\n\nThe key is shown this once; only its digest is stored.\n",
              (*answer)["id"].get<std::string>().c_str(), (*answer)["key"].get<std::string>().c_str());
  return 0;
}

Columns const kEntity{"id", "name", "created_at"};
Columns const kKey{"id", "org", "team", "environment", "name", "display", "status", "allowed_models", "monthly_budget_usd"};

}  // namespace

void add_admin_commands(CLI::App& app, CLI::App& audit, int& code) {
  auto o = std::make_shared<Options>();
  auto const with_output = [o](CLI::App* c) {
    c->add_option("--output", o->output, "table or json")->check(CLI::IsMember({"table", "json"}));
    return c;
  };

  auto* org = app.add_subcommand("org", "Organisations")->require_subcommand(1);
  auto* c = with_output(org->add_subcommand("create", "Create an organisation"));
  c->add_option("id", o->id, "[a-z0-9-]{1,63}")->required();
  c->add_option("--name", o->name, "Name for people");
  c->callback([o, &code] { code = call(*o, "POST", "/admin/v1/orgs", {{"id", o->id}, {"name", o->name}}, kEntity); });
  with_output(org->add_subcommand("list", "List organisations"))->callback([o, &code] { code = list(*o, "/admin/v1/orgs", kEntity); });

  auto* team = app.add_subcommand("team", "Teams of an organisation")->require_subcommand(1);
  c = with_output(team->add_subcommand("create", "Create a team"));
  c->add_option("id", o->id, "[a-z0-9-]{1,63}")->required();
  c->add_option("--org", o->org, "Organisation")->required();
  c->add_option("--name", o->name, "Name for people");
  c->callback([o, &code] {
    code = call(*o, "POST", "/admin/v1/orgs/" + percent_encoded(o->org) + "/teams", {{"id", o->id}, {"name", o->name}}, kEntity);
  });
  c = with_output(team->add_subcommand("list", "List teams"));
  c->add_option("--org", o->org, "Organisation")->required();
  c->callback([o, &code] { code = list(*o, "/admin/v1/orgs/" + percent_encoded(o->org) + "/teams", kEntity); });

  auto* key = app.add_subcommand("key", "Client keys")->require_subcommand(1);
  c = with_output(key->add_subcommand("create", "Create a key; it is shown once"));
  c->add_option("--org", o->org, "Organisation")->required();
  c->add_option("--team", o->team, "Team")->required();
  c->add_option("--environment,--env", o->environment, "dev, staging, prod, …")->required();
  c->add_option("--name", o->name, "Name for people");
  c->add_option("--model,--models", o->models, "Allowed model patterns, e.g. gpt-4o* anthropic/*")->required()->delimiter(',');
  c->add_option("--monthly-budget-usd,--budget", o->budget, "Monthly budget, e.g. 25.00");
  c->add_option("--expires-at", o->expires, "RFC 3339 time");
  c->callback([o, &code] { code = create_key(*o); });
  c = with_output(key->add_subcommand("list", "List keys"));
  c->add_option("--org", o->org, "Organisation");
  c->add_option("--team", o->team, "Team");
  c->add_option("--environment,--env", o->environment, "Environment");
  c->callback([o, &code] { code = list(*o, "/admin/v1/keys" + filters(*o), kKey); });
  c = with_output(key->add_subcommand("revoke", "Revoke a key; its next request fails"));
  c->add_option("id", o->id, "key_…")->required();
  c->callback([o, &code] { code = call(*o, "POST", "/admin/v1/keys/" + percent_encoded(o->id) + "/revoke", json::object(), kKey); });

  auto* provider = app.add_subcommand("provider", "Provider instances")->require_subcommand(1);
  with_output(provider->add_subcommand("list", "State of each provider"))->callback([o, &code] {
    code = list(*o, "/admin/v1/providers", {"id", "dialect", "host"});
  });

  c = with_output(audit.add_subcommand("list", "Newest audit records"));
  c->add_option("--org", o->org, "Organisation");
  c->add_option("--team", o->team, "Team");
  c->add_option("--environment,--env", o->environment, "Environment");
  c->callback([o, &code] {
    auto const columns = Columns{"seq", "time", "kind", "request_id", "key_id", "model_requested", "verdict", "status", "code", "cost_usd"};
    auto client = AdminClient::from_environment();
    if (!client) {
      code = fail(client.error());
      return;
    }
    auto page = client->json("GET", "/admin/v1/audit" + filters(*o));
    code = page ? show(*o, (*page)["data"], columns) : fail(page.error());
  });

  auto* explain = app.add_subcommand("explain", "One request's record in full");
  explain->add_option("request_id", o->id, "As in the x-request-id header")->required();
  explain->callback([o, &code] {
    Options json_output = *o;
    json_output.output = "json";
    code = call(json_output, "GET", "/admin/v1/audit/" + percent_encoded(o->id), {}, {});
  });
}

}  // namespace tsg::cli
