// tsg route …
#include "cli/admin_client.hpp"

#include <nlohmann/json.hpp>

#include "cli/verbs/shared.hpp"
#include "cli/yaml_json.hpp"

namespace tsg::cli {
namespace {

Columns const kRouteColumns{"name", "version", "source"};

int test(Options const& o, std::string const& file) {
  Json body;
  if (file.empty()) {
    Json message;
    message["role"] = "user";
    message["content"] = "hello";
    body["request"]["messages"] = Json::array({message});
  } else {
    auto request = read_yaml(file);
    if (!request) return fail(request.error());
    body["request"] = std::move(*request);
  }
  body["request"]["model"] = o.id;
  if (!o.name.empty()) body["key"] = o.name;
  return call(o, "POST", "/admin/v1/routes/test", body, {"model", "route", "chosen", "passed_over"});
}

}  // namespace

void add_route(CLI::App& app, OptionsPtr const& o, int& code) {
  auto* route = app.add_subcommand("route", "Named models with several targets")->require_subcommand(1);
  auto* c = with_output(route->add_subcommand("list", "List routes"), o);
  c->callback([o, &code] { code = list(*o, "/admin/v1/routes", kRouteColumns); });

  c = with_output(route->add_subcommand("set", "Create or replace a route"), o);
  c->add_option("name", o->id, "What applications call")->required();
  c->add_option("-f,--file", o->path, "YAML or JSON, - = standard input")->required();
  c->callback([o, &code] {
    auto body = read_yaml(o->path);
    code = body ? call(*o, "PUT", "/admin/v1/routes/" + o->id, *body, kRouteColumns) : fail(body.error());
  });

  c = with_output(route->add_subcommand("delete", "Delete a route"), o);
  c->add_option("name", o->id)->required();
  c->callback([o, &code] { code = call(*o, "DELETE", "/admin/v1/routes/" + o->id, {}, kRouteColumns); });

  auto const name = [](CLI::App* command, OptionsPtr const& of) {
    command->add_option("name", of->id)->required();
  };
  add_versions(*route, o, code, name,
               [](Options const& of) { return "/admin/v1/routes/" + percent_encoded(of.id); });

  c = with_output(route->add_subcommand("test", "Where a request would go, nothing sent"), o);
  c->add_option("name", o->id, "Route or model")->required();
  c->add_option("--request", o->path,
                "File with a chat request, YAML or JSON, - = standard input; its model is replaced");
  c->add_option("--key", o->name, "key_…: with this key's allowed models");
  c->callback([o, &code] { code = test(*o, o->path); });
}

}  // namespace tsg::cli
