// `tsg serve`: signals, systemd, the life of the daemon.
#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "app/gateway.hpp"
#include "tsg/config/places.hpp"

namespace tsg::app {

int check_config(std::filesystem::path const& file);
int serve(std::filesystem::path const& file);
// Serves until SIGTERM or SIGINT. `reload` gives the configuration again on SIGHUP; `ready` runs once
// listening.
int serve_config(config::Config const& config, std::function<config::File()> const& reload,
                 std::function<bool(Gateway&)> const& ready);

}  // namespace tsg::app
