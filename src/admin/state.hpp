// What the admin thread holds. Only handlers touch it, and only between two awaits: a handler that has
// waited looks again.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "admin/tokens.hpp"
#include "admin/world.hpp"
#include "tsg/admin/admin.hpp"
#include "tsg/governance/builder.hpp"
#include "tsg/routing/route.hpp"

namespace tsg::admin {

struct StoredRoute {
  StoredRoute() = default;
  StoredRoute(routing::Route r, std::int64_t v) : route{std::move(r)}, version{v} {}
  routing::Route route;
  std::int64_t version = 0;
};

struct State {
  explicit State(Settings const& s) : settings{s} {}
  State(State const&) = delete;
  State& operator=(State const&) = delete;

  pipeline::Services& services() const noexcept { return settings.services; }
  store::Store& store() const noexcept { return settings.services.store; }

  // Makes what was put into the builder visible to the next request of every worker.
  void publish() {
    services().world.store(builder.build());
    touch();
  }
  // A key has changed: running streams look whether they may go on.
  void touch() { services().revision.fetch_add(1, std::memory_order_release); }

  Settings settings;
  World world;
  std::map<std::string, StoredRoute, std::less<>> model_routes;  // by name; those of the API
  governance::Builder builder;                                   // the same world, as the workers will see it
  Tokens tokens;
  std::map<std::string, std::int64_t, std::less<>> credential_versions;  // "openai/main", those stored
  // By creation, as the directory has them: whoever puts another version into it replaces it here
  // (change_key), on this thread.
  std::vector<std::shared_ptr<keys::Key const>> keys;
};

}  // namespace tsg::admin
