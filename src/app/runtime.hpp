// From a configuration to what requests use: catalogue and credentials read, all problems named.
#pragma once
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "tsg/config/places.hpp"
#include "tsg/pipeline/services.hpp"

namespace tsg::app {

struct Unread {  // a credential that cannot be read: a start goes on without it
  std::string provider, credential;
  std::string problem;  // "providers.openai: credential 'main' cannot be read: file:…: No such file"
};
struct MadeRuntime {
  std::shared_ptr<pipeline::Runtime> runtime;  // null if there are errors
  std::vector<std::string> errors;
  std::vector<Unread> unread;
};
MadeRuntime make_runtime(config::Config const& config);

// The file, and what shows only when catalogue and routes are read: one list of problems, each with its
// place.
config::File load_checked(std::filesystem::path const& name);

}  // namespace tsg::app
