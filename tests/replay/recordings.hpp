// Recorded provider traffic, from the folder that TSG_FIXTURES names; and the ways to cut it.
#pragma once
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

namespace tsg::replay {

struct Recording {
  std::string name, kind, body, request;  // request "" = not recorded
  nlohmann::json meta;
  int status = 200;
  bool stream = false;
};

inline std::string slurp(std::filesystem::path const& path) {
  std::ifstream in{path, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

inline std::vector<Recording> recordings(std::string const& provider) {
  std::vector<Recording> out;
  auto const* root = std::getenv("TSG_FIXTURES");
  if (!root) return out;
  for (auto const& folder : std::filesystem::directory_iterator{std::filesystem::path{root} / provider}) {
    Recording r;
    r.name = folder.path().filename();
    r.meta = nlohmann::json::parse(slurp(folder.path() / "meta.json"));
    r.kind = r.meta["kind"];
    r.status = r.meta["status"];
    r.stream = r.meta["stream"];
    r.request = slurp(folder.path() / "request.json");
    for (auto const* file : {"response.json", "response.sse", "response.txt"})
      if (r.body.empty()) r.body = slurp(folder.path() / file);
    out.push_back(std::move(r));
  }
  std::ranges::sort(out, {}, &Recording::name);
  return out;
}

// Pieces of at most 40 bytes, as the seed says; 0 = byte by byte.
inline std::vector<std::string> cut(std::string const& wire, unsigned seed) {
  std::mt19937 random{seed};
  std::vector<std::string> pieces;
  for (std::size_t at = 0; at < wire.size();) {
    auto const n = seed == 0 ? 1 : 1 + random() % 40;
    pieces.push_back(wire.substr(at, n));
    at += n;
  }
  return pieces;
}

}  // namespace tsg::replay
