#include "admin/resources/documents.hpp"

#include "admin/change.hpp"
#include "admin/entities.hpp"
#include "admin/key_change.hpp"
#include "admin/lists.hpp"

namespace tsg::admin {
namespace {

using governance::Level;
using governance::Scope;

Error none(DocumentKind kind, Scope const& at) {
  return Error{Errc::not_found, "There is no " + std::string{to_string(kind)} + " at " + at.text() + "."};
}

// Which organisation the scope belongs to; "" if it does not exist.
std::string org_of(State const& state, Scope const& at) {
  if (at.level != Level::key) {
    bool const there = at.level == Level::org ? state.world.org(at.id) : state.world.team(at.id);
    return there ? at.org() : std::string{};
  }
  auto const key = state.settings.directory.find_id(at.id);
  return key ? key->org : std::string{};
}

Reply shown(int status, Scope const& at, Document const& document) {
  Reply reply{status, document_json(at, document).dump()};
  reply.etag = etag_of(document.version);
  return reply;
}

// The document with its record, then the workers' world. "" takes it away.
Task<std::int64_t> store_document(State& state, Call& call, DocumentKind kind, Scope at, std::string json,
                                  std::string before, std::int64_t version) {
  store::Document document;
  document.kind = to_string(kind);
  document.id = at.text();
  document.version = version;
  document.deleted = json.empty();
  document.json = json.empty() ? "{}" : json;
  Note note{std::string{to_string(kind)} + (json.empty() ? ".delete" : ".put"), std::move(before), json};
  note.org = org_of(state, at);
  if (at.level == Level::team) note.team = at.id.substr(at.id.find('.') + 1);
  if (at.level == Level::key) note.key_id = at.id;
  auto made = co_await commit(state, call, std::move(note), std::move(document));
  if (!made) co_return made.error();
  if (json.empty())
    state.world.documents.erase(document_key(kind, at));
  else
    state.world.documents[document_key(kind, at)] = Document{json, *made, call.now};
  attach(state, kind, at, *made, json);
  state.publish();
  co_return *made;
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
  out["document"] = nlohmann::ordered_json::parse(document.json);
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
    items.push_back(document_json(*at, it->second).dump());
    last = text;
  }
  co_return Reply{200, list_json(items, next)};
}

Task<Reply> show_document(State& state, Call& call, DocumentKind kind) {
  auto at = scope_of(state, call);
  if (!at) co_return at.error();
  auto const it = state.world.documents.find(document_key(kind, *at));
  if (it == state.world.documents.end()) co_return none(kind, *at);
  co_return shown(200, *at, it->second);
}

Task<Reply> put_document(State& state, Call& call, DocumentKind kind) {
  auto raw = co_await call.http.read_body(1 << 20);
  if (!raw) co_return raw.error();
  auto at = scope_of(state, call);
  if (!at) co_return at.error();
  auto valid = validate(kind, *raw);
  if (!valid) co_return valid.error();
  auto json = nlohmann::ordered_json::parse(*raw).dump();  // one spelling: the hash is of the meaning
  auto const it = state.world.documents.find(document_key(kind, *at));
  bool const there = it != state.world.documents.end();
  auto fresh = check_if_match(call.http.head(), there ? it->second.version : 0);
  if (!fresh) co_return fresh.error();
  if (there && it->second.json == json) co_return shown(200, *at, it->second);  // no new version
  auto before = there ? it->second.json : std::string{};
  auto const version = there ? it->second.version : 0;
  auto made = co_await store_document(state, call, kind, *at, std::move(json), std::move(before), version);
  if (!made) co_return made.error();
  co_return shown(there ? 200 : 201, *at, state.world.documents.at(document_key(kind, *at)));
}

Task<Reply> delete_document(State& state, Call& call, DocumentKind kind) {
  auto at = scope_of(state, call);
  if (!at) co_return at.error();
  auto const it = state.world.documents.find(document_key(kind, *at));
  if (it == state.world.documents.end()) co_return none(kind, *at);
  auto fresh = check_if_match(call.http.head(), it->second.version);
  if (!fresh) co_return fresh.error();
  auto const old = it->second;
  auto made = co_await store_document(state, call, kind, *at, "", old.json, old.version);
  if (!made) co_return made.error();
  co_return shown(200, *at, old);
}

}  // namespace tsg::admin
