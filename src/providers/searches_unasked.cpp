#include <algorithm>

#include "providers/rules.hpp"
#include "tsg/providers/adapter.hpp"

namespace tsg::providers {

// The catalogue says so by a rule, or by its fee for each answer with a search in it.
bool ProviderAdapter::searches_unasked(ChatRequest const*, catalog::Model const* rules) const {
  if (rules == nullptr) return false;
  auto const by_request = [](auto const& fee) { return fee.first.starts_with("request_"); };
  return rules->rules.contains("search") || std::ranges::any_of(rules->fees, by_request);
}

}  // namespace tsg::providers
