#include "pipeline/endpoints.hpp"

#include <array>
#include <vector>

#include "tsg/core/nearest.hpp"

namespace tsg::pipeline {
namespace {

using Kind = Endpoint::Kind;
constexpr std::string_view kVersion = "/v1";  // every route begins with it
constexpr std::array kEndpoints{
    Endpoint{"/v1/chat/completions", "/v1/chat/completions", http::Method::post, Kind::chat},
    Endpoint{"/v1/embeddings", "/v1/embeddings", http::Method::post, Kind::embeddings},
    Endpoint{"/v1/models", "/v1/models", http::Method::get, Kind::models},
    Endpoint{"/v1/models/", "/v1/models/{id}", http::Method::get, Kind::model},
    Endpoint{"/v1/usage", "/v1/usage", http::Method::get, Kind::usage},
};

// One slash at the end changes nothing: SDKs join paths in both ways.
std::string_view without_last_slash(std::string_view path) noexcept {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return path;
}

bool matches(Endpoint const& e, std::string_view path) noexcept {
  if (e.path.back() == '/') return path.size() > e.path.size() && path.starts_with(e.path);
  return path == e.path;
}

}  // namespace

Found find_endpoint(http::RequestHead const& head) {
  Found found;
  auto const path = without_last_slash(head.path);
  for (auto const& e : kEndpoints) {
    if (!matches(e, path)) continue;
    found.endpoint = &e;
    if (e.path.ends_with('/')) found.rest = path.substr(e.path.size());
    bool const fits =
        head.method == e.method || (e.method == http::Method::get && head.method == http::Method::head);
    if (!fits)
      found.allow = e.method == http::Method::get ? "GET, HEAD" : std::string{http::to_string(e.method)};
    break;
  }
  return found;
}

// Never with the path itself in it: some put their key there.
std::string nothing_here(std::string_view asked) {
  auto const path = without_last_slash(asked);
  std::string const nothing = "There is nothing at this path";
  if (path.ends_with("/completions") && !path.ends_with("/chat/completions"))
    return nothing + ": the legacy completions are not offered. Use POST /v1/chat/completions.";
  std::vector<std::string_view> names, tails;
  for (auto const& e : kEndpoints) {
    names.push_back(e.name);
    auto const tail = e.path.substr(kVersion.size());  // "/chat/completions"
    tails.push_back(e.name.substr(kVersion.size()));
    bool const fits =
        e.path.ends_with('/') ? path.find(tail) != std::string_view::npos : path.ends_with(tail);
    if (!fits) continue;
    std::string const way = ". The route is " + std::string{e.name};
    if (path.starts_with("/v1/v1"))
      return nothing + ": it has /v1 twice" + way + ", so let the base URL end in one /v1.";
    if (!path.starts_with("/v1/")) return nothing + way + ": let the base URL end in /v1.";
    return nothing + way + ".";
  }
  // The version that all have in common says nothing about likeness.
  auto const own = path.starts_with("/v1/") ? path.substr(kVersion.size()) : path;
  if (auto const near = nearest(own, tails, 1); !near.empty())
    return nothing + ". Did you mean " + std::string{kVersion} + std::string{near.front()} + "?";
  std::string all;
  for (auto const name : names) all.append(all.empty() ? "" : ", ").append(name);
  return nothing + ". The routes are " + all + ".";
}

}  // namespace tsg::pipeline
