// Roles of admin tokens, and sets of them as a route names who may call it.
#pragma once
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace tsg::admin {

// Names are stored in token documents: never rename one.
enum class Role : std::uint8_t { owner, admin, auditor, finance, viewer, metrics };
inline constexpr std::array<std::string_view, 6> kRoleNames{"owner",   "admin",  "auditor",
                                                            "finance", "viewer", "metrics"};

constexpr std::string_view to_string(Role role) noexcept {
  return kRoleNames[static_cast<std::size_t>(role)];
}
constexpr std::optional<Role> role_from(std::string_view name) noexcept {
  for (std::size_t i = 0; i < kRoleNames.size(); ++i)
    if (kRoleNames[i] == name) return static_cast<Role>(i);
  return std::nullopt;
}

// A set, not a rank: finance may set budgets and read no audit record, an auditor the other way round.
class Roles {
 public:
  constexpr Roles() = default;
  template <class... R>
  static constexpr Roles of(R... roles) noexcept {
    return Roles{static_cast<std::uint8_t>((... | (1U << static_cast<unsigned>(roles))))};
  }
  constexpr bool has(Role role) const noexcept { return bits_ >> static_cast<unsigned>(role) & 1U; }

 private:
  constexpr explicit Roles(std::uint8_t bits) noexcept : bits_{bits} {}
  std::uint8_t bits_ = 0;
};

inline constexpr Roles kOwner = Roles::of(Role::owner);
inline constexpr Roles kAdmins = Roles::of(Role::owner, Role::admin);
inline constexpr Roles kMoney = Roles::of(Role::owner, Role::admin, Role::finance);  // may set money
inline constexpr Roles kAudit = Roles::of(Role::owner, Role::admin, Role::auditor);  // may read records
inline constexpr Roles kBooks =                                                      // may read money
    Roles::of(Role::owner, Role::admin, Role::auditor, Role::finance);
inline constexpr Roles kReaders =
    Roles::of(Role::owner, Role::admin, Role::auditor, Role::finance, Role::viewer);
inline constexpr Roles kAnyRole =
    Roles::of(Role::owner, Role::admin, Role::auditor, Role::finance, Role::viewer, Role::metrics);

}  // namespace tsg::admin
