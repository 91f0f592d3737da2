// Policies, limits, budgets and terms: one mechanism, four kinds.
#pragma once
#include <string>
#include <string_view>

#include "admin/state.hpp"
#include "tsg/core/error.hpp"
#include "tsg/governance/scope.hpp"

namespace tsg::admin {

enum class DocumentKind : std::uint8_t { policy, limit, budget, terms };
std::string_view to_string(DocumentKind kind) noexcept;
inline std::string document_key(DocumentKind kind, governance::Scope const& at) {
  return std::string{to_string(kind)} + " " + at.text();
}

// Is the text a document of the kind? The error names member and rule.
Result<> validate(DocumentKind kind, std::string_view json);
// Does what it names exist? Terms name provider instances: one that is not configured never gets its
// discount.
Result<> check_names(State const& state, DocumentKind kind, std::string_view json);
// Into the builder: `json` valid, or "" to take it away.
void attach(State& state, DocumentKind kind, governance::Scope const& at, std::int64_t version,
            std::string_view json);

}  // namespace tsg::admin
