#include <algorithm>
#include <fstream>
#include <sstream>

#include "config/schema.hpp"
#include "config/values.hpp"

namespace tsg::config {
namespace {

// Rules between keys; each names the key to change.
void check_together(Reader& reader, YAML::Node const& root, Config const& config) {
  auto const at = [&](char const* key) {
    auto const node = root.IsMap() ? root[key] : YAML::Node{YAML::NodeType::Undefined};
    return node ? node.Mark() : YAML::Mark::null_mark();
  };
  if (!config.admin_listen.loopback() && !config.admin_tls)
    reader.problem(at("admin_listen"), "admin_listen: is not loopback, so `admin_tls` is required");
  auto const same_port = config.listen.port == config.admin_listen.port && config.listen.port != 0;
  if (same_port && config.listen.host == config.admin_listen.host)
    reader.problem(at("admin_listen"), "admin_listen: is the same as `listen`");
}

}  // namespace

Provider const* Config::provider(std::string_view id) const noexcept {
  for (auto const& provider : providers)
    if (provider.id == id) return &provider;
  return nullptr;
}

File read_text(std::string_view yaml, std::filesystem::path const& base_dir) {
  std::error_code ignored;
  auto const base = std::filesystem::absolute(base_dir, ignored);
  Reader reader{base};
  Config config;
  try {  // yaml-cpp reports syntax errors by exception
    auto const documents = YAML::LoadAll(std::string{yaml});
    if (documents.size() > 1)
      reader.problem(documents[1].Mark(), "expected one YAML document, found several");
    auto const root = documents.empty() ? YAML::Node{} : documents.front();
    read_map(reader, root, config_keys(), config);
    check_together(reader, root, config);
  } catch (YAML::Exception const& error) {
    reader.problem(error.mark, "not YAML: " + error.msg);
  }
  File out;
  out.places = reader.take_places();
  out.loaded.problems = reader.take();
  if (out.loaded.problems.empty()) out.loaded.config = std::move(config);
  return out;
}

File read_file(std::filesystem::path const& file) {
  std::error_code ignored;
  std::ifstream in{file, std::ios::binary};
  std::ostringstream text;
  // A directory opens like a file and reads like an empty one.
  auto const readable = in.is_open() && !std::filesystem::is_directory(file, ignored);
  if (readable) text << in.rdbuf();
  if (!readable || in.bad()) {
    File failed;
    failed.name = file;
    failed.loaded.problems.push_back({0, 0, "cannot read " + file.string()});
    return failed;
  }
  auto out = read_text(text.str(), file.has_parent_path() ? file.parent_path() : ".");
  out.name = file;
  return out;
}

Loaded load_text(std::string_view yaml, std::filesystem::path const& base_dir) {
  return read_text(yaml, base_dir).loaded;
}
Loaded load_file(std::filesystem::path const& file) {
  return read_file(file).loaded;
}

Problem placed(Places const& places, std::string message) {
  // Readers separate the steps of a path by ": " or by dots; names may hold dots themselves.
  std::string path;
  for (std::size_t i = 0; i < message.size(); ++i) {
    bool const step = message.compare(i, 2, ": ") == 0;
    path += step ? '.' : message[i];
    i += step ? 1 : 0;
  }
  Problem out;
  out.message = std::move(message);
  for (auto end = path.size(); end > 0; --end) {
    if (end < path.size() && path[end] != '.' && path[end] != '[') continue;
    auto const found = places.find(std::string_view{path}.substr(0, end));
    if (found == places.end()) continue;
    out.line = found->second.first;
    out.column = found->second.second;
    break;
  }
  return out;
}

std::string to_string(std::filesystem::path const& file, Problem const& problem) {
  return file.string() + ":" + std::to_string(std::max(problem.line, 1)) + ":" +
         std::to_string(std::max(problem.column, 1)) + ": " + problem.message;
}

std::vector<std::string> warnings(Config const& config) {
  std::vector<std::string> out;
  if (!config.listen.loopback() && !config.tls)
    out.push_back("listen: " + config.listen.text() +
                  " is not loopback and has no `tls`: keys and prompts cross the network readable, unless a "
                  "proxy in front ends TLS and nobody reaches this port past it");
  if (config.public_url && !config.public_url->tls && !loopback_host(config.public_url->host))
    out.push_back("public_url: is http://: what administers the gateway crosses the network readable");
  return out;
}

std::vector<std::string> restart_needed(Config const& running, Config const& fresh) {
  std::vector<std::string> keys;
  auto const compare = [&](char const* name, bool same) {
    if (!same) keys.emplace_back(name);
  };
  compare("listen", running.listen == fresh.listen);
  compare("admin_listen", running.admin_listen == fresh.admin_listen);
  // Certificates are reloaded; a listener cannot change from plain to TLS.
  compare("tls", running.tls.has_value() == fresh.tls.has_value());
  compare("admin_tls", running.admin_tls.has_value() == fresh.admin_tls.has_value());
  compare("data_dir", running.data_dir == fresh.data_dir);
  compare("store", running.store == fresh.store);
  compare("durability", running.durability == fresh.durability);
  compare("secrets", running.secrets == fresh.secrets);
  compare("workers", running.workers == fresh.workers);
  compare("node", running.node == fresh.node);
  return keys;
}

}  // namespace tsg::config
