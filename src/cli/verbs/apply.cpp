// tsg apply, tsg export
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/admin_client.hpp"
#include "cli/output.hpp"
#include "cli/state.hpp"
#include "cli/validate.hpp"
#include "cli/verbs/shared.hpp"
#include "cli/yaml_json.hpp"
#include "tsg/core/printable.hpp"

namespace tsg::cli {
namespace {

using Plain = nlohmann::json;
using KeyIds = std::map<std::string, std::string>;  // "acme.core/web" → "key_…"

struct Actual {
  Items items;
  KeyIds keys;
  std::set<std::string> ambiguous;  // "acme.core/web": names that several keys of the team have
};

struct ApplyOptions {
  std::string file;
  bool dry_run = false, prune = false;
  bool insecure = false;
};

Plain entity_body(Json const& row) {
  Plain body;
  body["name"] = row["name"];
  body["disabled"] = row["status"] == "disabled";
  return body;
}

Plain key_body(Json const& row) {
  Plain body;
  for (auto const* member : {"environment", "allowed_models", "limits", "expires_at", "tags"})
    body[member] = Plain(row.at(member));
  body["disabled"] = row["status"] == "disabled";
  return body;
}

std::string team_of(Json const& row) {
  return row["org"].get<std::string>() + "." + row["team"].get<std::string>();
}

// Revoked and expired keys are history, those of a deleted team too. A key goes by its name; where several of
// a team share it, or the file says so, by its id.
Result<> read_keys(AdminClient const& client, Items const& file, Actual& out) {
  auto rows = client.all("/admin/v1/keys");
  if (!rows) return rows.error();
  std::vector<Json> live;
  for (auto& row : *rows)
    if ((row["status"] == "active" || row["status"] == "disabled") &&
        out.items.contains({Kind::team, team_of(row)}))
      live.push_back(std::move(row));
  std::map<std::string, int> named;
  for (auto const& row : live) ++named[team_of(row) + "/" + row["name"].get<std::string>()];
  for (auto const& [name, count] : named)
    if (count > 1) out.ambiguous.insert(name);
  for (auto const& row : live) {
    auto const id = row["id"].get<std::string>(), name = row["name"].get<std::string>();
    auto const team = team_of(row);
    auto body = key_body(row);
    auto const said = file.find({Kind::key, team + "/" + id});  // may also be its name
    bool const by_id =
        out.ambiguous.contains(team + "/" + name) || (said != file.end() && said->second.contains("name"));
    if (by_id) body["name"] = name;
    auto label = team + "/" + (by_id ? id : name);
    out.keys[label] = id;
    out.items.emplace(std::pair{Kind::key, std::move(label)}, std::move(body));
  }
  return boost::system::in_place_value;
}

// A file that says `web` where there are two would make a third.
Result<> check_names(Items const& file, Actual const& actual) {
  for (auto const& name : actual.ambiguous)
    if (file.contains({Kind::key, name}))
      return Error{Errc::conflict, "several keys are named '" + name +
                                       "': say in the file which is meant, `id: key_…` beside its name "
                                       "(tsg export does), or rename one (tsg key update)"};
  return boost::system::in_place_value;
}

Result<> read_documents(AdminClient const& client, Kind kind, std::string const& path, Actual& out) {
  auto rows = client.all(path);
  if (!rows) return rows.error();
  KeyIds names;
  for (auto const& [name, id] : out.keys) names[id] = name;
  for (auto const& row : *rows) {
    auto id = row["scope_id"].get<std::string>();
    if (row["scope"] == "key") {
      if (!names.contains(id)) continue;
      id = names[id];
    }
    auto scope = row["scope"].get<std::string>() + "/" + id;
    if (row["environment"].is_string()) scope += "/" + row["environment"].get<std::string>();
    out.items.emplace(std::pair{kind, scope}, Plain(row["document"]));
  }
  return boost::system::in_place_value;
}

Result<Actual> read_actual(AdminClient const& client, Items const& file) {
  Actual out;
  auto orgs = client.all("/admin/v1/orgs");
  if (!orgs) return orgs.error();
  for (auto const& org : *orgs) {
    auto const id = org["id"].get<std::string>();
    out.items.emplace(std::pair{Kind::org, id}, entity_body(org));
    auto teams = client.all("/admin/v1/orgs/" + id + "/teams");
    if (!teams) return teams.error();
    for (auto const& team : *teams)
      out.items.emplace(std::pair{Kind::team, team["id"].get<std::string>()}, entity_body(team));
  }
  if (auto done = read_keys(client, file, out); !done) return done.error();
  for (auto const& [kind, path] : {std::pair{Kind::policy, "/admin/v1/policies"},
                                   {Kind::limit, "/admin/v1/limits"},
                                   {Kind::budget, "/admin/v1/budgets"},
                                   {Kind::terms, "/admin/v1/prices/terms"}})
    if (auto done = read_documents(client, kind, path, out); !done) return done.error();
  return out;
}

std::string entity_path(Step const& step) {
  auto const dot = step.id.find('.');
  if (step.kind == Kind::org) return "/admin/v1/orgs/" + step.id;
  return "/admin/v1/orgs/" + step.id.substr(0, dot) + "/teams/" + step.id.substr(dot + 1);
}

// "team/acme.core/prod" → "/admin/v1/policies/team/acme.core?environment=prod"
std::string document_path(Step const& step, KeyIds const& keys) {
  std::string const plural = step.kind == Kind::policy   ? "policies"
                             : step.kind == Kind::limit  ? "limits"
                             : step.kind == Kind::budget ? "budgets"
                                                         : "prices/terms";
  auto const slash = step.id.find('/');
  auto const level = step.id.substr(0, slash), rest = step.id.substr(slash + 1);
  auto const base = "/admin/v1/" + plural + "/" + level + "/";
  if (level == "key") return base + keys.at(rest);
  auto const second = rest.find('/');
  return base + rest.substr(0, second) +
         (second == std::string::npos ? "" : "?environment=" + percent_encoded(rest.substr(second + 1)));
}

Result<> run_entity(AdminClient const& client, Step const& step) {
  using Verb = Step::Verb;
  auto const path = entity_path(step);
  if (step.verb == Verb::remove) {
    auto done = client.json("DELETE", path);
    return done ? Result<>{boost::system::in_place_value} : Result<>{done.error()};
  }
  if (step.verb == Verb::create) {
    auto const slash = path.rfind('/');
    auto made = client.json("POST", path.substr(0, slash),
                            {{"id", path.substr(slash + 1)}, {"name", step.body["name"]}});
    if (!made) return made.error();
    if (step.body["disabled"] == false) return boost::system::in_place_value;
  }
  auto done = client.json("PATCH", path, {{"name", step.body["name"]}, {"disabled", step.body["disabled"]}});
  return done ? Result<>{boost::system::in_place_value} : Result<>{done.error()};
}

// One step after the other. A new key that has documents is made disabled, and enabled when they are there:
// at no moment, and after no failure, can it be used without what limits it.
class Applier {
 public:
  Applier(AdminClient const& client, std::vector<Step> const& steps, KeyIds& keys)
      : client_{client}, keys_{keys} {
    for (auto const& step : steps)
      if (step.kind >= Kind::policy && step.id.starts_with("key/")) documented_.insert(step.id.substr(4));
  }

  Result<> run(Step const& step) {
    if (!waiting_.empty() && step.id != "key/" + waiting_)
      if (auto done = finish(); !done) return done;
    if (step.kind == Kind::org || step.kind == Kind::team) return run_entity(client_, step);
    if (step.kind == Kind::key) return run_key(step);
    bool const remove = step.verb == Step::Verb::remove;
    return call(remove ? "DELETE" : "PUT", document_path(step, keys_), remove ? Json{} : Json(step.body));
  }
  // Enables the key that waits for its documents.
  Result<> finish() {
    if (waiting_.empty()) return boost::system::in_place_value;
    auto const path = "/admin/v1/keys/" + keys_.at(waiting_);
    auto done = call("PATCH", path, {{"disabled", false}});
    if (done) waiting_.clear();
    return done;
  }
  std::string const& waiting() const noexcept { return waiting_; }  // "acme.core/web", "" = none

 private:
  Result<> call(char const* method, std::string const& path, Json const& body) {
    auto done = client_.json(method, path, body);
    return done ? Result<>{boost::system::in_place_value} : Result<>{done.error()};
  }

  Result<> run_key(Step const& step) {
    if (step.verb == Step::Verb::create) return create_key(step);
    auto const path = "/admin/v1/keys/" + keys_.at(step.id);
    if (step.verb == Step::Verb::remove) return call("POST", path + "/revoke", Json::object());
    Json body = step.body;
    body.erase("environment");
    return call("PATCH", path, body);
  }

  Result<> create_key(Step const& step) {
    Json body = step.body;
    auto const dot = step.id.find('.'), slash = step.id.find('/');
    body["org"] = step.id.substr(0, dot);
    body["team"] = step.id.substr(dot + 1, slash - dot - 1);
    body["name"] = step.id.substr(slash + 1);
    bool const waits = body["disabled"] == false && documented_.contains(step.id);
    if (waits) body["disabled"] = true;
    auto made = client_.json("POST", "/admin/v1/keys", body);
    if (!made) return made.error();
    keys_[step.id] = (*made)["id"].get<std::string>();
    if (waits) waiting_ = step.id;
    put("  key of " + printable(step.id) + ", shown this once: " + (*made)["key"].get<std::string>() + "\n");
    return boost::system::in_place_value;
  }

  AdminClient const& client_;
  KeyIds& keys_;
  std::set<std::string> documented_;  // keys that documents will be put at
  std::string waiting_;
};

Error stopped(std::string const& at, Error const& why, std::string const& waiting) {
  auto text = "stopped at '" + at + "': " + std::string{why.message()} + "; what is above has been done";
  if (!waiting.empty()) text += ", the new key " + waiting + " stays disabled";
  return Error{why.code(), text + ", correct the file and apply again"};
}

int apply(ApplyOptions const& o) {
  auto file = read_yaml(o.file);
  if (!file) return fail(file.error());
  auto wanted = items_of(*file, o.prune);
  if (!wanted) return fail(wanted.error());
  if (auto valid = validate(*wanted); !valid) return fail(valid.error());
  auto client = AdminClient::from_environment(o.insecure);
  if (!client) return fail(client.error());
  auto actual = read_actual(*client, *wanted);
  if (!actual) return fail(actual.error());
  if (auto clear = check_names(*wanted, *actual); !clear) return fail(clear.error());
  auto steps = plan(*wanted, actual->items, o.prune);
  if (!steps) return fail(steps.error());
  Applier applier{*client, *steps, actual->keys};
  for (auto const& step : *steps) {
    put(printable(describe(step)) + "\n");
    if (o.dry_run) continue;
    if (auto done = applier.run(step); !done)
      return fail(stopped(describe(step), done.error(), applier.waiting()));
  }
  if (auto done = applier.finish(); !done)
    return fail(stopped("enabling the key", done.error(), applier.waiting()));
  std::printf("%zu change%s%s\n", steps->size(), steps->size() == 1 ? "" : "s", o.dry_run ? " planned" : "");
  return 0;
}

int write_state(Options const& o) {
  auto client = AdminClient::from_environment(o.insecure);
  if (!client) return fail(client.error());
  auto actual = read_actual(*client, {});
  if (!actual) return fail(actual.error());
  put(yaml_of_json(state_of(actual->items)));
  return 0;
}

}  // namespace

void add_apply(CLI::App& app, OptionsPtr const& shared, int& code) {
  auto o = std::make_shared<ApplyOptions>();
  auto* apply_command =
      app.add_subcommand("apply", "Bring organisations, teams, keys and documents to a file's state");
  apply_command->add_option("-f,--file", o->file, "YAML file, - = standard input")->required();
  apply_command->add_flag("--dry-run", o->dry_run, "Print the plan only");
  apply_command->add_flag("--prune", o->prune, "Remove what the file does not name");
  apply_command->callback([o, shared, &code] {
    o->insecure = shared->insecure;
    code = apply(*o);
  });
  app.add_subcommand("export", "Write the present state as a file for apply")->callback([shared, &code] {
    code = write_state(*shared);
  });
}

}  // namespace tsg::cli
