#include "providers/judge.hpp"

#include <algorithm>

#include "providers/raw_json.hpp"

namespace tsg::providers {
namespace {

// `{ }` and `[ ]` ask for as little as `{}` and `[]`.
bool equal_without_blanks(std::string_view raw, std::string_view value) noexcept {
  std::size_t at = 0;
  for (char const c : raw) {
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') continue;
    if (at == value.size() || value[at++] != c) return false;
  }
  return at == value.size();
}

bool neutral(std::string_view raw, std::string_view values) noexcept {
  if (is_null(raw)) return true;
  while (!values.empty()) {
    auto const value = values.substr(0, values.find('|'));
    if (equal_without_blanks(raw, value)) return true;
    values.remove_prefix(std::min(values.size(), value.size() + 1));
  }
  return false;
}

}  // namespace

Error unsupported(std::string param, std::string_view rule) {
  auto message = "'" + param + "' ";
  message += rule;
  message += '.';
  return Error{Errc::unsupported_parameter, std::move(message), std::move(param)};
}

Result<> judge(ChatRequest const& request, std::span<Parameter const> table,
               std::vector<std::string>& dropped) {
  auto const& d = request.document;
  for (auto const& m : d.members()) {
    auto const known = std::ranges::find(table, m.key, &Parameter::name);
    auto const raw = d.raw(m.value);
    if (neutral(raw, known == table.end() ? "" : known->neutral)) continue;
    std::string name{m.key.substr(0, 64)};
    if (known == table.end())
      return unsupported(std::move(name), "is not known to this provider's dialect: leave it out");
    if (known->fate == Fate::refused) return unsupported(std::move(name), known->note);
    if (known->fate == Fate::dropped) dropped.push_back(std::move(name));
  }
  return boost::system::in_place_value;
}

}  // namespace tsg::providers
