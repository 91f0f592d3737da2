// tsg route …
#include <fstream>
#include <iostream>
#include <sstream>

#include "cli/admin_client.hpp"
#include "cli/verbs/shared.hpp"

namespace tsg::cli {
namespace {

Columns const kColumns{"name", "version", "source"};

// The document from a file, "-" = stdin.
Result<Json> document(std::string const& path) {
  std::ostringstream text;
  if (path == "-") {
    text << std::cin.rdbuf();
  } else {
    std::ifstream file{path};
    if (!file) return Error{Errc::bad_request, "cannot read " + path};
    text << file.rdbuf();
  }
  auto json = Json::parse(text.str(), nullptr, false);
  if (json.is_discarded()) return Error{Errc::bad_request, path + " is not JSON"};
  return Result<Json>{boost::system::in_place_value, std::move(json)};
}

int test(Options const& o, std::string const& file) {
  Json body;
  if (file.empty()) {
    Json message;
    message["role"] = "user";
    message["content"] = "hello";
    body["request"]["messages"] = Json::array({message});
  } else {
    auto request = document(file);
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
  c->callback([o, &code] { code = list(*o, "/admin/v1/routes", kColumns); });

  c = with_output(route->add_subcommand("set", "Create or replace a route"), o);
  c->add_option("name", o->id, "What applications call")->required();
  c->add_option("-f,--file", o->path, "JSON document; - for stdin")->required();
  c->callback([o, &code] {
    auto body = document(o->path);
    code = body ? call(*o, "PUT", "/admin/v1/routes/" + o->id, *body, kColumns) : fail(body.error());
  });

  c = with_output(route->add_subcommand("delete", "Delete a route"), o);
  c->add_option("name", o->id)->required();
  c->callback([o, &code] { code = call(*o, "DELETE", "/admin/v1/routes/" + o->id, {}, kColumns); });

  c = with_output(route->add_subcommand("test", "Where a request would go, nothing sent"), o);
  c->add_option("name", o->id, "Route or model")->required();
  c->add_option("--request", o->path, "JSON chat body; its model is replaced");
  c->add_option("--key", o->name, "key_…: with this key's allowed models");
  c->callback([o, &code] { code = test(*o, o->path); });
}

}  // namespace tsg::cli
