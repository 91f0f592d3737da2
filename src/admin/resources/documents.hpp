// /admin/v1/{policies,limits,budgets}/{org|team|key}/{id}?environment=
#pragma once
#include <nlohmann/json_fwd.hpp>

#include "admin/call.hpp"
#include "admin/document_kinds.hpp"
#include "tsg/core/task.hpp"

namespace tsg::admin {

// As the API shows it: scope, scope_id, environment, version, changed_at, hash, document.
nlohmann::ordered_json document_json(governance::Scope const& at, Document const& document);
// The scope a path names, if it exists and this token may see it (else not_found). `environment` from the
// query.
Result<governance::Scope> scope_of(State const& state, Call const& call);

Task<Reply> list_documents(State& state, Call& call, DocumentKind kind);
Task<Reply> show_document(State& state, Call& call, DocumentKind kind);
Task<Reply> put_document(State& state, Call& call, DocumentKind kind);
Task<Reply> delete_document(State& state, Call& call, DocumentKind kind);
Task<Reply> list_versions(State& state, Call& call, DocumentKind kind);
Task<Reply> show_version(State& state, Call& call, DocumentKind kind);

// For the route table.
template <DocumentKind kind>
Task<Reply> list_of(State& state, Call& call) {
  return list_documents(state, call, kind);
}
template <DocumentKind kind>
Task<Reply> show_of(State& state, Call& call) {
  return show_document(state, call, kind);
}
template <DocumentKind kind>
Task<Reply> put_of(State& state, Call& call) {
  return put_document(state, call, kind);
}
template <DocumentKind kind>
Task<Reply> delete_of(State& state, Call& call) {
  return delete_document(state, call, kind);
}
template <DocumentKind kind>
Task<Reply> versions_of(State& state, Call& call) {
  return list_versions(state, call, kind);
}
template <DocumentKind kind>
Task<Reply> version_of(State& state, Call& call) {
  return show_version(state, call, kind);
}

}  // namespace tsg::admin
