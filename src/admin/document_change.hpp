// An attached document on its way into the store and, once it is there, into the workers' world: by itself,
// or in one transaction with the key it belongs to.
#pragma once
#include "admin/change.hpp"
#include "admin/document_kinds.hpp"

namespace tsg::admin {

// Which organisation the scope belongs to; "" if it does not exist.
std::string org_of(State const& state, governance::Scope const& at);
Document const* find_document(State const& state, DocumentKind kind, governance::Scope const& at);

// Of the stored text: what `policy_version` in the record of a request begins with.
std::string document_hash(std::string_view json);

// `json` valid and in one spelling; "" takes the document away. The version found now is the one replaced.
// `org` is given where the scope does not exist yet.
Edit document_edit(State const& state, DocumentKind kind, governance::Scope const& at, std::string json,
                   std::string org = {});
// After the commit; visible to the workers with state.publish().
void adopt_document(State& state, DocumentKind kind, governance::Scope const& at, std::string json,
                    std::int64_t version, WallTime now);
// Both, for one document: committed and published.
Task<std::int64_t> store_document(State& state, Call& call, DocumentKind kind, governance::Scope at,
                                  std::string json);

}  // namespace tsg::admin
