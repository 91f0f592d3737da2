#include "admin/filters.hpp"

#include "admin/entities.hpp"

namespace tsg::admin {
namespace {

// Two parameters that say the same, or one of them.
Result<> agree(std::string& known, std::string value, char const* name, char const* other) {
  if (!known.empty() && known != value)
    return Error{Errc::bad_request, "'" + std::string{name} + "' and '" + other + "' name different ones.",
                 name};
  known = std::move(value);
  return boost::system::in_place_value;
}

}  // namespace

Result<bool> Filters::read(std::string const& name, std::string const& value) {
  auto const done = [](Result<> const& r) { return r ? Result<bool>{true} : Result<bool>{r.error()}; };
  bool const time = name == "from" || name == "to";
  auto* const plain = name == "environment" ? &environment
                      : name == "provider"  ? &provider
                      : name == "model"     ? &model
                                            : nullptr;
  bool const one = time || plain || name == "org" || name == "team" || name == "key_id" || name == "key";
  if (!one) return false;
  if (value.empty())
    return Error{Errc::bad_request, "'" + name + "' is empty: name one, or leave it out for all.", name};
  if (time) {
    auto const at = parse_rfc3339(value.size() == 10 ? value + "T00:00:00Z" : value);
    if (!at)
      return Error{Errc::bad_request, "'" + name + "' must be an RFC 3339 time or a day (YYYY-MM-DD).", name};
    (name == "from" ? from : to) = *at;
  } else if (plain) {
    *plain = value;
  } else if (name == "org") {
    return done(agree(org, value, "org", "team"));
  } else if (name == "team") {
    auto const dot = value.find('.');
    team = dot == std::string::npos ? value : value.substr(dot + 1);
    if (dot != std::string::npos) return done(agree(org, value.substr(0, dot), "team", "org"));
  } else {
    return done(agree(key_id, value, "key", "key_id"));
  }
  return true;
}

Result<> Filters::limit_to(Principal const& who) {
  if (from && to && *to < *from) return Error{Errc::bad_request, "'from' is after 'to'.", "from"};
  if (who.org.empty()) return boost::system::in_place_value;
  if (!org.empty() && !who.sees(org)) return no_org(org);
  org = who.org;
  return boost::system::in_place_value;
}

}  // namespace tsg::admin
