// tsg key …
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/admin_client.hpp"
#include "cli/verbs/shared.hpp"
#include "tsg/json/value.hpp"

namespace tsg::cli {
namespace {

Columns const kKeyColumns{"id",      "org",    "team",           "environment",       "name",
                          "display", "status", "allowed_models", "monthly_budget_usd"};

std::string path_of(Options const& o) {
  return "/admin/v1/keys/" + percent_encoded(o.id);
}

int show_once(Options const& o, Json const& answer) {
  if (o.output == "json") return show(o, answer, {});
  if (o.key_only) return std::printf("%s\n", answer["key"].get<std::string>().c_str()) > 0 ? 0 : 1;
  std::printf("id   %s\nkey  %s\n\nThe key is shown this once; only its digest is stored.\n",
              answer["id"].get<std::string>().c_str(), answer["key"].get<std::string>().c_str());
  return 0;
}

// A key has limits of its own (given when it is made) and may have a document of limits besides: both hold,
// so both are shown.
int show_one(Options const& o) {
  auto client = AdminClient::from_environment(o.insecure);
  if (!client) return fail(client.error());
  auto answer = client->json("GET", path_of(o));
  if (!answer) return fail(answer.error());
  auto const attached = client->call("GET", "/admin/v1/limits/key/" + percent_encoded(o.id));
  if (!attached) return fail(attached.error());
  auto const found = attached->status == 200 ? json::parse_ordered(attached->body) : Json();
  (*answer)["limits_document"] = found.is_object() ? found.value("document", Json()) : Json();
  auto columns = kKeyColumns;
  columns.insert(columns.end(), {"limits", "limits_document"});
  return show(o, *answer, columns);
}

int rotate(Options const& o) {
  auto client = AdminClient::from_environment(o.insecure);
  if (!client) return fail(client.error());
  auto answer = client->json("POST", path_of(o) + "/rotate", {{"overlap_seconds", o.seconds}});
  return answer ? show_once(o, *answer) : fail(answer.error());
}

// What was given is sent, also where it is empty: '' takes a budget or an expiry away.
int update(Options const& o, CLI::App const& given) {
  Json body = Json::object();
  auto const or_none = [](std::string const& text) { return text.empty() ? Json(nullptr) : Json(text); };
  if (given.count("--name") > 0) body["name"] = o.name;
  if (given.count("--models") > 0) body["allowed_models"] = o.models;
  if (given.count("--budget") > 0) body["monthly_budget_usd"] = or_none(o.budget);
  if (given.count("--expires-at") > 0) body["expires_at"] = or_none(o.expires);
  if (body.empty())
    return fail(
        Error{Errc::bad_request,
              "nothing to change: give --name, --models, --budget or --expires-at ('' clears the last two)"});
  return call(o, "PATCH", path_of(o), body, kKeyColumns);
}

int create(Options const& o) {
  Json body = {
      {"org", o.org}, {"team", o.team}, {"environment", o.environment}, {"allowed_models", o.models}};
  if (!o.name.empty()) body["name"] = o.name;
  if (!o.budget.empty()) body["monthly_budget_usd"] = o.budget;
  if (!o.expires.empty()) body["expires_at"] = o.expires;
  auto client = AdminClient::from_environment(o.insecure);
  if (!client) return fail(client.error());
  auto answer = client->json("POST", "/admin/v1/keys", body);
  if (!answer) return fail(answer.error());
  return show_once(o, *answer);
}

}  // namespace

void add_key(CLI::App& app, OptionsPtr const& o, int& code) {
  auto* key = app.add_subcommand("key", "Client keys")->require_subcommand(1);
  auto* c = with_output(key->add_subcommand("create", "Create a key; it is shown once"), o);
  c->add_option("--org", o->org, "Organisation")->required();
  c->add_option("--team", o->team, "Team")->required();
  c->add_option("--environment,--env", o->environment, "dev, staging, prod, …")->required();
  c->add_option("--name", o->name, "Name for people; default: its id");
  c->add_option("--models,--model", o->models, "Allowed model patterns, e.g. gpt-4o* anthropic/*")
      ->required()
      ->delimiter(',');
  c->add_option("--monthly-budget-usd,--budget", o->budget, "Monthly budget, e.g. 25.00");
  c->add_option("--expires-at", o->expires, "RFC 3339 time");
  c->add_flag("--key-only", o->key_only, "Print nothing but the key: KEY=$(tsg key create … --key-only)");
  c->callback([o, &code] { code = create(*o); });
  c = with_output(key->add_subcommand("list", "List keys"), o);
  add_filters(c, o);
  c->callback([o, &code] { code = list(*o, "/admin/v1/keys" + filters(*o), kKeyColumns); });
  c = with_output(key->add_subcommand("show", "One key, with its own limits and those attached to it"), o);
  c->add_option("id", o->id, "key_…")->required();
  c->callback([o, &code] { code = show_one(*o); });
  c = with_output(key->add_subcommand("update", "Change what is given; the rest stays"), o);
  c->add_option("id", o->id, "key_…")->required();
  c->add_option("--name", o->name, "Name for people");
  c->add_option("--models,--model", o->models, "Allowed model patterns")->delimiter(',');
  c->add_option("--monthly-budget-usd,--budget", o->budget, "Monthly budget; '' = none");
  c->add_option("--expires-at", o->expires, "RFC 3339 time; '' = never");
  c->callback([o, c, &code] { code = update(*o, *c); });
  c = with_output(key->add_subcommand("rotate", "A second secret; the old one works on for the overlap"), o);
  c->add_option("id", o->id, "key_…")->required();
  c->add_option("--overlap-seconds", o->seconds, "0 to 604800")->capture_default_str();
  c->add_flag("--key-only", o->key_only, "Print nothing but the new key");
  c->callback([o, &code] { code = rotate(*o); });
  for (auto const& [verb, disabled] : {std::pair{"disable", true}, {"enable", false}}) {
    c = with_output(key->add_subcommand(verb, "Acts on its next request and its running streams"), o);
    c->add_option("id", o->id, "key_…")->required();
    c->callback([o, disabled = disabled, &code] {
      code = call(*o, "PATCH", path_of(*o), {{"disabled", disabled}}, kKeyColumns);
    });
  }
  c = with_output(key->add_subcommand("revoke", "Revoke a key; its next request fails"), o);
  c->add_option("id", o->id, "key_…")->required();
  c->callback([o, &code] {
    code =
        call(*o, "POST", "/admin/v1/keys/" + percent_encoded(o->id) + "/revoke", Json::object(), kKeyColumns);
  });
}

}  // namespace tsg::cli
