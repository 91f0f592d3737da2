#include "app/runtime.hpp"

#include <fstream>
#include <sstream>

namespace tsg::app {

MadeRuntime make_runtime(config::Config const& config) {
  MadeRuntime made;
  std::string text{catalog::Catalog::built_in()};
  if (!config.catalog.empty()) {
    std::ifstream file{config.catalog, std::ios::binary};
    if (!file) {
      made.errors.push_back("catalog: cannot read " + config.catalog.string());
      return made;
    }
    std::ostringstream all;
    all << file.rdbuf();
    text = std::move(all).str();
  }
  auto loaded = catalog::Catalog::load(text, config.models_json);
  for (auto const& problem : loaded.problems) made.errors.push_back("catalog: " + problem);
  if (!loaded.catalog) return made;

  auto runtime = std::make_shared<pipeline::Runtime>();
  runtime->config = config;
  runtime->catalog = std::move(loaded.catalog);
  auto zone = TimeZone::load(config.time_zone);
  if (!zone) {
    made.errors.push_back("time_zone: " + std::string{zone.error().message()});
    return made;
  }
  runtime->zone = std::move(*zone);
  for (auto const& provider : config.providers)
    for (auto const& credential : provider.credentials) {
      auto key = config::read_secret(credential.key);
      if (!key || key->empty()) {
        made.warnings.push_back("providers." + provider.id + ": credential '" + credential.name +
                                "' cannot be read" +
                                (key ? ": it is empty" : ": " + std::string{key.error().message()}));
        continue;
      }
      runtime->credentials[provider.id].emplace_back(credential.name, *key, credential.weight);
    }
  auto routes = routing::parse_routes(config.routes_json);
  for (auto& problem : routes.problems) made.errors.push_back(std::move(problem));
  for (auto const& route : routes.routes)
    for (auto const& problem : routing::misfits(route, *runtime->catalog, config))
      made.errors.push_back("routes." + route.name + ": " + problem);
  if (!made.errors.empty()) return made;
  runtime->configured_routes = std::move(routes.routes);
  made.runtime = std::move(runtime);
  return made;
}

}  // namespace tsg::app
