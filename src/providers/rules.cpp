#include "providers/rules.hpp"

#include <algorithm>

#include "providers/raw_json.hpp"

namespace tsg::providers {

std::string_view Rules::raw(std::string_view name) const {
  if (!model_) return {};
  auto const found = model_->rules.find(name);
  return found == model_->rules.end() ? std::string_view{} : std::string_view{found->second};
}

bool Rules::flag(std::string_view name, bool absent) const {
  auto const value = raw(name);
  return value.empty() ? absent : value == "true";
}

std::string Rules::text(std::string_view name, std::string_view absent) const {
  auto const value = raw(name);
  return is_string(value) ? text_of(value) : std::string{absent};
}

std::int64_t Rules::number(std::string_view name, std::int64_t absent) const {
  return count_of(raw(name)).value_or(absent);
}

std::vector<std::string> Rules::list(std::string_view name) const {
  std::vector<std::string> out;
  auto const value = raw(name);
  if (!is_array(value)) return out;
  auto const scanned = json::scan(value, {});
  if (!scanned) return out;
  for (auto const& m : scanned->members) out.push_back(text_of(value.substr(m.value.begin, m.value.size())));
  return out;
}

bool Rules::lists(std::string_view name, std::string_view value) const {
  auto const all = list(name);
  return std::ranges::find(all, value) != all.end();
}

}  // namespace tsg::providers
