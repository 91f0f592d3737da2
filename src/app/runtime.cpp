#include "app/runtime.hpp"

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "tsg/json/value.hpp"
#include "tsg/upstream/make.hpp"

namespace tsg::app {
namespace {

// Whose slip it is: an entry that `models:` names is the configuration's, any other the catalogue file's.
std::string section_of(config::Config const& config, std::string_view problem) {
  auto const overrides = json::parse_value(config.models_json);
  if (overrides.is_object())
    for (auto const& [name, entry] : overrides.items())
      if (problem.starts_with(name + ": ")) return "models.";
  return config.catalog.empty() ? "models: " : "catalog: " + config.catalog.string() + ": ";
}

}  // namespace

config::File load_checked(std::filesystem::path const& name) {
  auto file = config::read_file(name);
  auto& [config, problems] = file.loaded;
  if (!config) return file;
  auto made = make_runtime(*config);
  if (made.runtime) return file;
  for (auto& error : made.errors) problems.push_back(config::placed(file.places, std::move(error)));
  std::ranges::stable_sort(problems, {}, &config::Problem::line);
  config.reset();
  return file;
}

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
  for (auto const& problem : loaded.problems) made.errors.push_back(section_of(config, problem) + problem);
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
  for (auto const& provider : config.providers) {
    if (auto usable = upstream::check_ca_file(provider.ca_file); !usable)
      made.errors.push_back("providers." + provider.id +
                            ".ca_file: " + std::string{usable.error().message()});
    for (auto const& credential : provider.credentials) {
      auto key = config::read_secret_line(credential.key);
      // What is there and cannot be a key is a mistake; what is not there may come later.
      if (!key && config::read_secret(credential.key)) {
        made.errors.push_back("providers." + provider.id + ": credential '" + credential.name + "' " +
                              std::string{key.error().message()});
        continue;
      }
      if (!key) {
        made.unread.push_back({provider.id, credential.name,
                               "providers." + provider.id + ": credential '" + credential.name +
                                   "' cannot be read: " + std::string{key.error().message()}});
        continue;
      }
      runtime->credentials[provider.id].emplace_back(credential.name, *key, credential.weight);
    }
  }
  auto routes = routing::parse_routes(config.routes_json);
  for (auto& problem : routes.problems) made.errors.push_back(std::move(problem));
  for (auto const& route : routes.routes)
    for (auto const& problem : routing::misfits(route, *runtime->catalog, config))
      made.errors.push_back("routes." + route.name + (problem.starts_with("targets[") ? "." : ": ") +
                            problem);
  if (!made.errors.empty()) return made;
  runtime->configured_routes = std::move(routes.routes);
  made.runtime = std::move(runtime);
  return made;
}

}  // namespace tsg::app
