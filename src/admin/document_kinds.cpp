#include "admin/document_kinds.hpp"

namespace tsg::admin {

std::string_view to_string(DocumentKind kind) noexcept {
  switch (kind) {
    case DocumentKind::policy:
      return "policy";
    case DocumentKind::limit:
      return "limit";
    case DocumentKind::budget:
      return "budget";
    case DocumentKind::terms:
      return "terms";
  }
  return "";
}

Result<> validate(DocumentKind kind, std::string_view json) {
  auto const check = [](auto const& parsed) {
    return parsed ? Result<>{boost::system::in_place_value} : Result<>{parsed.error()};
  };
  switch (kind) {
    case DocumentKind::policy:
      return check(governance::parse_policy(json));
    case DocumentKind::limit:
      return check(governance::parse_limit(json));
    case DocumentKind::budget:
      return check(governance::parse_budget(json));
    case DocumentKind::terms:
      return check(governance::parse_terms(json));
  }
  return Error{Errc::internal};
}

void attach(State& state, DocumentKind kind, governance::Scope const& at, std::int64_t version,
            std::string_view json) {
  auto const put = [&](auto method, auto parse) {
    if (json.empty()) return (state.builder.*method)(at, version, json, nullptr);
    auto const parsed = parse(json);
    (state.builder.*method)(at, version, json, &*parsed);
  };
  switch (kind) {
    case DocumentKind::policy:
      return put(&governance::Builder::put_policy, &governance::parse_policy);
    case DocumentKind::limit:
      return put(&governance::Builder::put_limit, &governance::parse_limit);
    case DocumentKind::budget:
      return put(&governance::Builder::put_budget, &governance::parse_budget);
    case DocumentKind::terms:
      return put(&governance::Builder::put_terms, &governance::parse_terms);
  }
}

}  // namespace tsg::admin
