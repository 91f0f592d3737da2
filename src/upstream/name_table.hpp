// What the resolver knows and when it looks again, without I/O. Time and chance are arguments.
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tsg/core/clock.hpp"
#include "tsg/upstream/make.hpp"

namespace tsg::upstream {

inline constexpr std::chrono::seconds kRefresh{30};    // shorter than the usual TTL of a provider's name
inline constexpr std::chrono::seconds kFirstRetry{1};  // doubles up to kRefresh while nothing is known

struct Name {
  Name(std::string host_name, std::uint16_t port_number, SteadyTime at)
      : host{std::move(host_name)}, port{port_number}, due{at} {}
  std::string host;
  std::uint16_t port;
  SteadyTime due;
  int failures = 0;                            // in a row, while nothing is known
  std::shared_ptr<Addresses const> addresses;  // null until the first answer
};

class NameTable {
 public:
  // True if it is new, and then due at once.
  bool add(std::string_view host, std::uint16_t port, SteadyTime now);
  // The name that has been due longest; null if none is due.
  Name const* due(SteadyTime now) const noexcept;
  SteadyTime next() const noexcept;  // when one will be; max if none
  // Takes a look-up's outcome. A failure keeps the last good addresses. `chance` in [0, 1) spreads the
  // refreshes over 25 %, so that a fleet does not ask in step.
  void answer(std::string_view host, std::uint16_t port, Addresses found, SteadyTime now, double chance);
  std::vector<Name> const& names() const noexcept { return names_; }

 private:
  std::vector<Name> names_;
};

}  // namespace tsg::upstream
