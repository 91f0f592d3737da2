#include "tsg/pipeline/routes.hpp"

#include "tsg/pipeline/services.hpp"

namespace tsg::pipeline {

void RuntimeHolder::swap_in(std::shared_ptr<Runtime> fresh) {
  auto all = fresh->configured_routes;
  auto const configured = [&](std::string const& name) {
    for (auto const& r : fresh->configured_routes)
      if (r.name == name) return true;
    return false;
  };
  for (auto const& [name, route] : stored_)
    if (!configured(name)) all.push_back(route);
  // The table points into this very runtime's configuration and catalogue.
  fresh->routes = routing::RouteTable{all, *fresh->catalog, fresh->config};
  current_.store(std::move(fresh));
}

void RuntimeHolder::store(std::shared_ptr<Runtime> fresh) {
  std::lock_guard const lock{mutex_};
  swap_in(std::move(fresh));
}

void RuntimeHolder::put_route(std::string const& name, std::optional<routing::Route> route) {
  std::lock_guard const lock{mutex_};
  if (route)
    stored_.insert_or_assign(name, std::move(*route));
  else
    stored_.erase(name);
  if (auto const now = current_.load()) swap_in(std::make_shared<Runtime>(*now));
}

}  // namespace tsg::pipeline
