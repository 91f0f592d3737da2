// Tables of members, as in config: what an object of catalog.json may say is listed once.
#pragma once
#include <functional>

#include "catalog/parse.hpp"

namespace tsg::catalog {

template <class T>
struct Member {
  std::string_view name;
  std::function<void(Json const&, T&, Problems&)> read;
  bool required = false;
};

// A member that is null counts as left out.
template <class T>
void read_object(Json const& json, std::vector<Member<T>> const& members, T& out, Problems& problems) {
  if (!json.is_object()) return problems.add("expected an object");
  for (auto const& [name, value] : json.items()) {
    auto const found = std::ranges::find(members, name, &Member<T>::name);
    if (found == members.end()) {
      std::vector<std::string_view> known;
      for (auto const& member : members) known.push_back(member.name);
      problems.under(name.substr(0, 64), [&] { problems.add_unknown(name, known); });
    } else if (!value.is_null()) {
      problems.under(name, [&] { found->read(value, out, problems); });
    }
  }
  for (auto const& member : members)
    if (member.required && !json.contains(member.name))
      problems.add("`" + std::string{member.name} + "` is missing");
}

// Prices are decimal strings, so that no reader makes a double of them. Whole numbers are exact anyway.
std::optional<Price> read_price(Json const& json, Problems& problems);
std::vector<Member<Prices>> const& price_members();
std::vector<Member<Period>> const& period_members();

}  // namespace tsg::catalog
