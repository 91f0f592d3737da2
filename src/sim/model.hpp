// The simulated model: a pure function from what was asked to what is said. No clock, no chance.
#pragma once
#include "directive.hpp"
#include "types.hpp"

namespace tsg::sim {

struct ModelInput {
  std::size_t body_bytes = 0;
  std::uint64_t seed = 0;
};

Turn say(Ask const& ask, Directive const& directive, Fault fault, ModelInput const& input);

}  // namespace tsg::sim
