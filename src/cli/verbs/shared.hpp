// What the verb groups share: calling, listing, showing. One file per group beside this one.
#pragma once
#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tsg/core/error.hpp"
#include "tsg/json/value.hpp"

namespace tsg::cli {

using Json = nlohmann::ordered_json;
using Columns = std::vector<std::string>;

struct Options {
  std::string output = "table";
  std::string org, team, environment, name, id, level, budget, expires, path, file;
  std::string role, key, model, message, version, provider, from, to;
  std::int64_t seconds = 86'400;
  bool key_only = false, insecure = false;
  std::vector<std::string> models;
};
using OptionsPtr = std::shared_ptr<Options>;

int fail(Error const& error);  // one line on stderr; 1
int show(Options const& o, Json const& rows, Columns const& columns);
int call(Options const& o, char const* method, std::string const& path, Json const& body,
         Columns const& columns);
int list(Options const& o, std::string path, Columns const& columns);  // all pages
// The path with what is set as its query.
using Parameters = std::vector<std::pair<std::string_view, std::string_view>>;
std::string with_query(std::string path, Parameters const& parameters);
std::string filters(Options const& o);  // "?org=…&team=…&environment=…" of what is set
// `list`, `get`, `versions`, `put`, `delete` of one kind of attached document: `tsg policy get team
// acme.core --env prod`. `plural` is the path segment. Adds to `group`.
void add_document_verbs(CLI::App& group, char const* plural, OptionsPtr const& o, int& code);
// `versions`, all of them or one: `place` adds the positionals that say of what, `path` makes its path.
using Positionals = void (*)(CLI::App* command, OptionsPtr const& o);
using PathOf = std::function<std::string(Options const&)>;
void add_versions(CLI::App& group, OptionsPtr const& o, int& code, Positionals place, PathOf const& path);
// "/admin/v1/<plural>/<level>/<id>?environment=…"
std::string document_path(char const* plural, Options const& o);
void add_scope(CLI::App* command, OptionsPtr const& o);  // positional level and id, --env
// --output table|json
CLI::App* with_output(CLI::App* command, OptionsPtr const& o);
void add_filters(CLI::App* command, OptionsPtr const& o);
// What the audit log and usage are narrowed by: those, and key, provider, model, time.
void add_narrowing(CLI::App* command, OptionsPtr const& o);
Parameters narrowing(Options const& o);

// Each adds its commands; the callback sets `code`.
void add_policy(CLI::App& app, OptionsPtr const& o, int& code);
void add_limit(CLI::App& app, OptionsPtr const& o, int& code);
void add_budget(CLI::App& app, OptionsPtr const& o, int& code);
void add_token(CLI::App& app, OptionsPtr const& o, int& code);
void add_models(CLI::App& app, OptionsPtr const& o, int& code);
void add_prices(CLI::App& prices, OptionsPtr const& o, int& code);  // beside the offline `check`
void add_apply(CLI::App& app, OptionsPtr const& o, int& code);
void add_org(CLI::App& app, OptionsPtr const& o, int& code);
void add_team(CLI::App& app, OptionsPtr const& o, int& code);
void add_key(CLI::App& app, OptionsPtr const& o, int& code);
void add_route(CLI::App& app, OptionsPtr const& o, int& code);
void add_provider(CLI::App& app, OptionsPtr const& o, int& code);
void add_audit(CLI::App& app, CLI::App& audit, OptionsPtr const& o, int& code);

}  // namespace tsg::cli
