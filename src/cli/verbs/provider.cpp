// tsg provider …
#include <unistd.h>
#include <nlohmann/json.hpp>

#include <iostream>

#include "cli/admin_client.hpp"
#include "cli/verbs/shared.hpp"

namespace tsg::cli {
namespace {

std::string credential_path(Options const& o) {
  return "/admin/v1/providers/" + percent_encoded(o.id) + "/credentials/" + percent_encoded(o.name);
}

// From standard input: a key on the command line would stand in the process list and the shell's history. Of
// a file all of it is read: what stands in a second line is a mistake, not something to leave out.
std::string read_key() {
  std::string key;
  if (isatty(STDIN_FILENO)) {
    std::cerr << "key: ";
    std::getline(std::cin, key);
  } else {
    key.assign(std::istreambuf_iterator<char>{std::cin}, {});
  }
  while (key.ends_with('\n') || key.ends_with('\r')) key.pop_back();
  return key;
}

int set_credential(Options const& o, std::int64_t weight) {
  auto const key = read_key();
  if (key.empty() || key.find('\n') != std::string::npos)
    return fail(Error{Errc::bad_request,
                      "the key of credential '" + o.name +
                          "' is read from standard input: one line, with the key and nothing else"});
  Json body = {{"key", key}, {"weight", weight}};
  if (!o.org.empty()) body["org"] = o.org;
  return call(o, "PUT", credential_path(o), body, {"provider", "name", "weight", "org", "source"});
}

// As endpoints name it: an organisation's own key with the organisation.
std::string place_of(Json const& credential) {
  auto const name = credential["name"].get<std::string>();
  return credential["org"].is_null() ? name : credential["org"].get<std::string>() + "/" + name;
}

// One row for each endpoint, and one for what health checks say.
int health(Options const& o) {
  auto client = AdminClient::from_environment(o.insecure);
  if (!client) return fail(client.error());
  auto all = client->all("/admin/v1/providers");
  if (!all) return fail(all.error());
  Json rows = Json::array();
  for (auto const& p : *all) {
    if (!o.id.empty() && p["id"] != o.id) continue;
    for (auto const& c : p["credentials"]) {
      if (!c.contains("check")) continue;
      auto const& check = c["check"];
      rows.push_back({{"provider", p["id"]},
                      {"model", "(health check)"},
                      {"credential", place_of(c)},
                      {"standing", check["state"]},
                      {"until_ms", check["until_ms"]},
                      {"first_byte_ms", check["took_ms"]}});
    }
    for (auto row : p["endpoints"]) {
      row["provider"] = p["id"];
      rows.push_back(std::move(row));
    }
  }
  return show(
      o, rows,
      {"provider", "model", "credential", "standing", "until_ms", "first_byte_ms", "in_flight", "ejections"});
}

}  // namespace

void add_provider(CLI::App& app, OptionsPtr const& o, int& code) {
  auto* provider = app.add_subcommand("provider", "Provider instances")->require_subcommand(1);
  auto* c = with_output(provider->add_subcommand("list", "State of each provider"), o);
  c->callback([o, &code] {
    code = list(*o, "/admin/v1/providers", {"id", "dialect", "host", "tags", "credentials", "health"});
  });
  c = with_output(provider->add_subcommand("health", "Each model under each credential that was asked"), o);
  c->add_option("provider", o->id, "Instance; all unless named");
  c->callback([o, &code] { code = health(*o); });
  auto* credential = provider->add_subcommand("credential", "Keys of providers")->require_subcommand(1);
  auto weight = std::make_shared<std::int64_t>(1);
  c = with_output(credential->add_subcommand("set", "Store a key, read from standard input, encrypted"), o);
  c->add_option("provider", o->id, "Instance")->required();
  c->add_option("name", o->name, "Name of the credential")->required();
  c->add_option("--weight", *weight, "Share of the requests")->capture_default_str();
  c->add_option("--org", o->org, "For this organisation only");
  c->callback([o, weight, &code] { code = set_credential(*o, *weight); });
  c = with_output(credential->add_subcommand("delete", "Delete a stored key"), o);
  c->add_option("provider", o->id, "Instance")->required();
  c->add_option("name", o->name, "Name of the credential")->required();
  c->callback([o, &code] { code = call(*o, "DELETE", credential_path(*o), {}, {"provider", "name"}); });
}

}  // namespace tsg::cli
