#include "routing/fields.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tsg/core/nearest.hpp"

namespace tsg::routing {

std::string Fields::path(std::string_view member) const {
  if (place_.empty()) return std::string{member};
  if (member.empty() || member.front() == '[') return place_ + std::string{member};
  return place_ + "." + std::string{member};
}

void Fields::problem(std::string_view member, std::string_view rule) {
  auto at = path(member);
  problems_.push_back(at.empty() ? std::string{rule} : at + ": " + std::string{rule});
}

void Fields::only(std::initializer_list<std::string_view> known) {
  if (!object_.is_object()) return problem("", "expected an object");
  for (auto const& [name, value] : object_.items()) {
    if (std::ranges::find(known, name) != known.end()) continue;
    auto const close = nearest(name, std::span{known.begin(), known.size()}, 1);
    problem(name.substr(0, 64), close.empty()
                                    ? std::string{"unknown member"}
                                    : "unknown member, did you mean `" + std::string{close[0]} + "`?");
  }
}

Json const* Fields::find(char const* member) const {
  if (!object_.is_object()) return nullptr;
  auto const it = object_.find(member);
  return it == object_.end() || it->is_null() ? nullptr : &*it;
}

void Fields::text(char const* member, std::string& out, std::size_t most) {
  auto const* value = find(member);
  if (!value) return;
  if (!value->is_string() || value->get_ref<std::string const&>().size() > most)
    return problem(member, "expected a text of at most " + std::to_string(most) + " bytes");
  out = value->get<std::string>();
}

void Fields::flag(char const* member, std::optional<bool>& out) {
  auto const* value = find(member);
  if (!value) return;
  if (!value->is_boolean()) return problem(member, "expected true or false");
  out = value->get<bool>();
}

void Fields::texts(char const* member, std::vector<std::string>& out, std::size_t most) {
  auto const* value = find(member);
  if (!value) return;
  bool right = value->is_array() && value->size() <= most;
  for (std::size_t i = 0; right && i < value->size(); ++i)
    right = (*value)[i].is_string() && !(*value)[i].get_ref<std::string const&>().empty();
  if (!right) return problem(member, "expected a list of at most " + std::to_string(most) + " names");
  out = value->get<std::vector<std::string>>();
}

std::optional<std::int64_t> Fields::integer(char const* member, std::int64_t least, std::int64_t most) {
  auto const* value = find(member);
  if (!value) return {};
  if (value->is_number_integer()) {
    bool const huge = value->is_number_unsigned() && value->get<std::uint64_t>() > INT64_MAX;
    auto const n = huge ? INT64_MAX : value->get<std::int64_t>();
    if (n >= least && n <= most) return n;
  }
  problem(member, "expected an integer from " + std::to_string(least) + " to " + std::to_string(most));
  return {};
}

}  // namespace tsg::routing
