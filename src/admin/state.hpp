// What the admin thread holds. Only handlers touch it, and only between two awaits: a handler that has
// waited looks again.
#pragma once
#include <string>
#include <vector>

#include "admin/world.hpp"
#include "tsg/admin/admin.hpp"

namespace tsg::admin {

struct State {
  explicit State(Settings s) : settings{std::move(s)} {}
  State(State const&) = delete;
  State& operator=(State const&) = delete;

  pipeline::Services& services() const noexcept { return settings.services; }
  store::Store& store() const noexcept { return settings.services.store; }

  Settings settings;
  World world;
  std::vector<std::string> key_ids;  // by creation
};

}  // namespace tsg::admin
