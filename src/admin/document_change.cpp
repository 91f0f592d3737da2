#include "admin/document_change.hpp"

#include "tsg/core/crypto.hpp"

namespace tsg::admin {

using governance::Level;
using governance::Scope;

std::string org_of(State const& state, Scope const& at) {
  if (at.level != Level::key) {
    bool const there = at.level == Level::org ? state.world.org(at.id) : state.world.team(at.id);
    return there ? at.org() : std::string{};
  }
  auto const key = state.settings.directory.find_id(at.id);
  return key ? key->org : std::string{};
}

Document const* find_document(State const& state, DocumentKind kind, Scope const& at) {
  auto const it = state.world.documents.find(document_key(kind, at));
  return it == state.world.documents.end() ? nullptr : &it->second;
}

std::string document_hash(std::string_view json) {
  return to_hex(crypto::sha256(as_bytes(json)));
}

Edit document_edit(State const& state, DocumentKind kind, Scope const& at, std::string json,
                   std::string org) {
  auto const* old = find_document(state, kind, at);
  Edit edit;
  edit.document.kind = to_string(kind);
  edit.document.id = at.text();
  edit.document.version = old ? old->version : 0;
  edit.document.deleted = json.empty();
  edit.document.json = json.empty() ? "{}" : json;
  edit.note.kind = std::string{to_string(kind)} + (json.empty() ? ".delete" : ".put");
  edit.note.before = old ? old->json : std::string{};
  edit.note.after = std::move(json);
  edit.note.org = org.empty() ? org_of(state, at) : std::move(org);
  if (at.level == Level::team) edit.note.team = at.id.substr(at.id.find('.') + 1);
  if (at.level == Level::key) edit.note.key_id = at.id;
  if (!edit.note.after.empty()) edit.note.detail = "sha256:" + document_hash(edit.note.after);
  return edit;
}

void adopt_document(State& state, DocumentKind kind, Scope const& at, std::string json, std::int64_t version,
                    WallTime now) {
  attach(state, kind, at, version, json);
  if (json.empty())
    state.world.documents.erase(document_key(kind, at));
  else
    state.world.documents[document_key(kind, at)] = Document{std::move(json), version, now};
}

Task<std::int64_t> store_document(State& state, Call& call, DocumentKind kind, Scope at, std::string json) {
  auto edit = document_edit(state, kind, at, json);
  auto made = co_await commit(state, call, std::move(edit.note), std::move(edit.document));
  if (!made) co_return made.error();
  adopt_document(state, kind, at, std::move(json), *made, call.now);
  state.publish();
  co_return *made;
}

}  // namespace tsg::admin
