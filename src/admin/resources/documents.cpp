#include "admin/resources/documents.hpp"

#include <nlohmann/json.hpp>

#include "admin/document_change.hpp"
#include "admin/entities.hpp"
#include "admin/key_change.hpp"
#include "admin/lists.hpp"
#include "admin/versions.hpp"
#include "tsg/json/value.hpp"

namespace tsg::admin {
namespace {

using governance::Level;
using governance::Scope;

Error none(DocumentKind kind, Scope const& at) {
  return Error{Errc::not_found, "There is no " + std::string{to_string(kind)} + " at " + at.text() + "."};
}

Reply shown(int status, Scope const& at, Document const& document) {
  Reply reply{status, json::to_text(document_json(at, document))};
  reply.etag = etag_of(document.version);
  return reply;
}

nlohmann::ordered_json version_json(Scope const& at, store::Document const& row) {
  auto out = document_json(at, Document{row.json, row.version, row.changed_at});
  mark_deleted(out, row.deleted);
  return out;
}

}  // namespace

nlohmann::ordered_json document_json(Scope const& at, Document const& document) {
  nlohmann::ordered_json out;
  out["scope"] = to_string(at.level);
  out["scope_id"] = at.id;
  out["environment"] =
      at.environment.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(at.environment);
  out["version"] = document.version;
  out["changed_at"] = to_rfc3339(document.changed_at);
  out["hash"] = document_hash(document.json);
  out["document"] = json::own_ordered(document.json);
  return out;
}

Result<Scope> scope_of(State const& state, Call const& call) {
  auto query = parse_query(call.http.head().query, {"environment"});
  if (!query) return query.error();
  std::string environment;
  for (auto const& [name, value] : query->filters) environment = value;
  if (!query->filters.empty() && !valid_id(environment))
    return Error{Errc::bad_request, "'environment' must match [a-z0-9-]{1,63}.", "environment"};
  auto const at = governance::parse_scope(call.params[0] + "/" + call.params[1] +
                                          (environment.empty() ? "" : "/" + environment));
  if (!at && call.params[0] == "key")
    return Error{Errc::bad_request, "A key belongs to one environment: 'environment' is for org and team.",
                 "environment"};
  if (!at) return Error{Errc::not_found, "The level must be org, team or key."};
  auto const org = org_of(state, *at);
  if (!org.empty() && call.who.sees(org)) return *at;
  if (at->level == Level::org) return no_org(at->id);
  return at->level == Level::team ? no_team(at->id) : no_key(at->id);
}

Task<Reply> list_documents(State& state, Call& call, DocumentKind kind) {
  auto query = parse_query(call.http.head().query, {});
  if (!query) co_return query.error();
  auto const prefix = std::string{to_string(kind)} + " ";
  std::string const after = query->page.cursor.empty() ? prefix : prefix + query->page.cursor;
  std::vector<std::string> items;
  std::string next, last;
  auto const& all = state.world.documents;
  for (auto it = all.upper_bound(after); it != all.end() && it->first.starts_with(prefix); ++it) {
    auto const text = it->first.substr(prefix.size());
    auto const at = governance::parse_scope(text);
    auto const org = at ? org_of(state, *at) : std::string{};
    if (org.empty() || !call.who.sees(org)) continue;
    if (items.size() == query->page.limit) {
      next = last;
      break;
    }
    items.push_back(json::to_text(document_json(*at, it->second)));
    last = text;
  }
  co_return Reply{200, list_json(items, next)};
}

Task<Reply> show_document(State& state, Call& call, DocumentKind kind) {
  auto at = scope_of(state, call);
  if (!at) co_return at.error();
  auto const* document = find_document(state, kind, *at);
  if (!document) co_return none(kind, *at);
  co_return shown(200, *at, *document);
}

Task<Reply> put_document(State& state, Call& call, DocumentKind kind) {
  auto raw = co_await call.http.read_body(1 << 20);
  if (!raw) co_return raw.error();
  auto at = scope_of(state, call);
  if (!at) co_return at.error();
  auto valid = validate(kind, *raw);
  if (!valid) co_return valid.error();
  auto named = check_names(state, kind, *raw);
  if (!named) co_return named.error();
  auto json = json::to_text(json::own_ordered(*raw));  // one spelling: the hash is of the meaning
  auto const* there = find_document(state, kind, *at);
  auto fresh = check_if_match(call.http.head(), there ? there->version : 0);
  if (!fresh) co_return fresh.error();
  if (there && there->json == json) co_return shown(200, *at, *there);  // no new version
  bool const first = there == nullptr;
  auto made = co_await store_document(state, call, kind, *at, std::move(json));
  if (!made) co_return made.error();
  co_return shown(first ? 201 : 200, *at, *find_document(state, kind, *at));
}

Task<Reply> delete_document(State& state, Call& call, DocumentKind kind) {
  auto at = scope_of(state, call);
  if (!at) co_return at.error();
  auto const* there = find_document(state, kind, *at);
  if (!there) co_return none(kind, *at);
  auto fresh = check_if_match(call.http.head(), there->version);
  if (!fresh) co_return fresh.error();
  auto const old = *there;
  auto made = co_await store_document(state, call, kind, *at, "");
  if (!made) co_return made.error();
  co_return shown(200, *at, old);
}

Task<Reply> list_versions(State& state, Call& call, DocumentKind kind) {
  auto at = scope_of(state, call);
  if (!at) co_return at.error();
  auto query = parse_query(call.http.head().query, {"environment"});
  if (!query) co_return query.error();
  auto page = co_await version_page(state, std::string{to_string(kind)}, at->text(), std::move(query->page),
                                    none(kind, *at));
  if (!page) co_return page.error();
  std::vector<std::string> items;
  for (auto const& row : page->rows) items.push_back(json::to_text(version_json(*at, row)));
  co_return Reply{200, list_json(items, page->next)};
}

Task<Reply> show_version(State& state, Call& call, DocumentKind kind) {
  auto at = scope_of(state, call);
  if (!at) co_return at.error();
  auto row =
      co_await one_version(state, std::string{to_string(kind)}, at->text(), call.params[2], none(kind, *at));
  if (!row) co_return row.error();
  Reply reply{200, json::to_text(version_json(*at, *row))};
  reply.etag = etag_of(row->version);
  co_return reply;
}

}  // namespace tsg::admin
