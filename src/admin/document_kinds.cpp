#include "admin/document_kinds.hpp"

#include "tsg/core/nearest.hpp"

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

Result<> check_names(State const& state, DocumentKind kind, std::string_view json) {
  if (kind != DocumentKind::terms) return boost::system::in_place_value;
  auto const terms = governance::parse_terms(json);
  auto const runtime = state.services().runtime.load();
  std::vector<std::string_view> known;
  for (auto const& provider : runtime->config.providers) known.emplace_back(provider.id);
  for (std::size_t i = 0; terms && i < terms->discounts.size(); ++i) {
    auto const& name = terms->discounts[i].provider;
    if (runtime->config.provider(name) != nullptr) continue;
    auto const close = nearest(name, known, 1);
    auto const field = "discounts[" + std::to_string(i) + "].provider";
    return Error{Errc::bad_request,
                 "'" + field + "' names the provider '" + name + "', which is not configured" +
                     (close.empty() ? "." : "; did you mean '" + std::string{close.front()} + "'?"),
                 field};
  }
  return boost::system::in_place_value;
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
