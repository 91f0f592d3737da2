// `tsg demo`: gateway, simulated providers and a seeded organisation, no account needed.
#pragma once
#include <filesystem>
#include <string>

namespace tsg::app {

struct DemoOptions {
  std::filesystem::path data_dir = "./tsg-demo";
  std::string listen = "127.0.0.1:8080";
  std::string admin_listen = "127.0.0.1:8081";
};
int demo(DemoOptions const& options);

}  // namespace tsg::app
