// Where a document is attached: an organisation, a team ("acme.core"), each also for one environment, or a
// key.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tsg::governance {

enum class Level : std::uint8_t { org, team, key };
std::string_view to_string(Level level) noexcept;

struct Scope {
  Scope() = default;
  Scope(Level l, std::string i, std::string e) : level{l}, id{std::move(i)}, environment{std::move(e)} {}
  Level level = Level::org;
  std::string id;
  std::string environment;  // "" = all; never of a key
  std::string org() const;  // "acme" of "acme.core"; "" of a key
  // The id of its documents in the store: "team/acme.core/prod". parse_scope() is the inverse.
  std::string text() const;
  friend bool operator==(Scope const&, Scope const&) = default;
};
std::optional<Scope> parse_scope(std::string_view text);

}  // namespace tsg::governance
