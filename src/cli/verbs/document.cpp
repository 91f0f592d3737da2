// What `tsg policy`, `tsg limit`, `tsg budget` and `tsg prices terms` share. `versions` is `tsg route`'s too.
#include <algorithm>

#include "cli/admin_client.hpp"
#include "cli/verbs/shared.hpp"
#include "cli/yaml_json.hpp"

namespace tsg::cli {
namespace {

Columns const kDocumentColumns{"scope", "scope_id", "environment", "version", "changed_at", "document"};

Columns const kVersionColumns{"version", "changed_at", "deleted", "hash", "document"};

int set(char const* plural, Options const& o) {
  auto document = read_yaml(o.file);
  if (!document) return fail(document.error());
  return call(o, "PUT", document_path(plural, o), *document, kDocumentColumns);
}

// The query stays behind the path.
std::string with_version(std::string path, std::string const& number) {
  auto const query = std::min(path.find('?'), path.size());
  return path.insert(query, "/versions" + (number.empty() ? "" : "/" + percent_encoded(number)));
}

}  // namespace

std::string document_path(char const* plural, Options const& o) {
  auto path =
      std::string{"/admin/v1/"} + plural + "/" + percent_encoded(o.level) + "/" + percent_encoded(o.id);
  return o.environment.empty() ? path : path + "?environment=" + percent_encoded(o.environment);
}

void add_versions(CLI::App& group, OptionsPtr const& o, int& code, Positionals place, PathOf const& path) {
  auto* c = with_output(
      group.add_subcommand("versions", "Every version there was, newest first; or one of them"), o);
  place(c, o);
  c->add_option("version", o->version, "Its number");
  c->callback([o, &code, path] {
    auto const one = with_version(path(*o), o->version);
    code = o->version.empty() ? list(*o, one, kVersionColumns) : call(*o, "GET", one, {}, kVersionColumns);
  });
}

void add_scope(CLI::App* command, OptionsPtr const& o) {
  command->add_option("level", o->level, "org, team or key")
      ->required()
      ->check(CLI::IsMember({"org", "team", "key"}));
  command->add_option("id", o->id, "acme, acme.core, key_…")->required();
  command->add_option("--environment,--env", o->environment,
                      "Of an organisation or team: only this environment");
}

void add_document_verbs(CLI::App& group, char const* plural, OptionsPtr const& o, int& code) {
  auto* c = with_output(group.add_subcommand("list", "All of them"), o);
  c->callback([o, plural, &code] { code = list(*o, std::string{"/admin/v1/"} + plural, kDocumentColumns); });
  c = with_output(group.add_subcommand("get", "The one attached there"), o);
  add_scope(c, o);
  c->callback(
      [o, plural, &code] { code = call(*o, "GET", document_path(plural, *o), {}, kDocumentColumns); });
  add_versions(group, o, code, &add_scope, [plural](Options const& at) { return document_path(plural, at); });
  c = with_output(group.add_subcommand("put", "Attach the document of a file; acts on the next request"), o);
  add_scope(c, o);
  c->add_option("-f,--file", o->file, "YAML or JSON, - = standard input")->required();
  c->callback([o, plural, &code] { code = set(plural, *o); });
  c = with_output(group.add_subcommand("delete", "Take it away"), o);
  add_scope(c, o);
  c->callback(
      [o, plural, &code] { code = call(*o, "DELETE", document_path(plural, *o), {}, kDocumentColumns); });
}

}  // namespace tsg::cli
