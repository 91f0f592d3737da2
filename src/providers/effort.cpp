#include "providers/effort.hpp"

#include <algorithm>

#include "providers/judge.hpp"
#include "providers/rules.hpp"

namespace tsg::providers {

Result<std::string> effort_of(ChatRequest const& request, EncodeContext const& context,
                              std::vector<std::string>& dropped) {
  auto const& asked = request.reasoning_effort;
  auto const* model = context.family ? context.family : context.model;
  Rules const rules{model};
  if (asked.empty() || rules.raw("effort").empty()) return asked;
  auto const known = rules.list("effort");
  if (std::ranges::find(known, asked) != known.end()) return asked;
  bool const thinks = model->capabilities.reasoning;
  if (known.empty() && (asked != "none" || !thinks)) {
    dropped.emplace_back("reasoning_effort");
    return std::string{};
  }
  if (known.empty()) return unsupported("reasoning_effort", "cannot be none: this model always thinks");
  std::string list;
  for (auto const& word : known) list += (list.empty() ? "" : ", ") + word;
  return unsupported("reasoning_effort", "must be one of " + list + " on this model");
}

}  // namespace tsg::providers
