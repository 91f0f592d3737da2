#include "tsg/governance/scope.hpp"

namespace tsg::governance {

std::string_view to_string(Level level) noexcept {
  switch (level) {
    case Level::org:
      return "org";
    case Level::team:
      return "team";
    case Level::key:
      return "key";
  }
  return "";
}

std::string Scope::org() const {
  return level == Level::key ? std::string{} : id.substr(0, id.find('.'));
}

std::string Scope::text() const {
  std::string out{to_string(level)};
  out += '/';
  out += id;
  if (!environment.empty()) out += '/' + environment;
  return out;
}

std::optional<Scope> parse_scope(std::string_view text) {
  auto const slash = text.find('/');
  if (slash == text.npos) return std::nullopt;
  Scope out;
  auto const level = text.substr(0, slash);
  if (level == "org")
    out.level = Level::org;
  else if (level == "team")
    out.level = Level::team;
  else if (level == "key")
    out.level = Level::key;
  else
    return std::nullopt;
  auto const rest = text.substr(slash + 1);
  auto const second = rest.find('/');
  out.id = rest.substr(0, second);
  if (second != rest.npos) out.environment = rest.substr(second + 1);
  if (out.id.empty() || (second != rest.npos && out.environment.empty())) return std::nullopt;
  if (out.level == Level::key && !out.environment.empty()) return std::nullopt;
  return out;
}

}  // namespace tsg::governance
