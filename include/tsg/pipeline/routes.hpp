// Where the routes of the admin API meet those of the configuration, and the only way a Runtime becomes
// current.
#pragma once
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "tsg/core/published.hpp"
#include "tsg/routing/resolver.hpp"

namespace tsg::pipeline {

struct Runtime;

// A reload comes from the main thread and a change of a route from the admin thread: one lock, and requests
// never see it. A name in the configuration wins over a stored one.
class RuntimeHolder {
 public:
  std::shared_ptr<Runtime const> load() const { return current_.load(); }
  // A new configuration; its route table is made here.
  void store(std::shared_ptr<Runtime> fresh);
  // A stored route, or nullopt to take it away. Publishes a copy of the current runtime.
  void put_route(std::string const& name, std::optional<routing::Route> route);

 private:
  void swap_in(std::shared_ptr<Runtime> fresh);
  std::mutex mutex_;
  std::map<std::string, routing::Route, std::less<>> stored_;
  Published<Runtime> current_;
};

}  // namespace tsg::pipeline
