#include "pipeline/endpoints.hpp"

#include <array>

namespace tsg::pipeline {
namespace {

using Kind = Endpoint::Kind;
constexpr std::array kEndpoints{
    Endpoint{"/v1/chat/completions", "/v1/chat/completions", http::Method::post, Kind::chat},
    Endpoint{"/v1/embeddings", "/v1/embeddings", http::Method::post, Kind::embeddings},
    Endpoint{"/v1/models", "/v1/models", http::Method::get, Kind::models},
    Endpoint{"/v1/models/", "/v1/models/{id}", http::Method::get, Kind::model},
    Endpoint{"/v1/usage", "/v1/usage", http::Method::get, Kind::usage},
};

bool matches(Endpoint const& e, std::string_view path) noexcept {
  if (e.path.back() == '/') return path.size() > e.path.size() && path.starts_with(e.path);
  return path == e.path;
}

}  // namespace

Found find_endpoint(http::RequestHead const& head) {
  Found found;
  for (auto const& e : kEndpoints) {
    if (!matches(e, head.path)) continue;
    found.endpoint = &e;
    bool const fits =
        head.method == e.method || (e.method == http::Method::get && head.method == http::Method::head);
    if (!fits)
      found.allow = e.method == http::Method::get ? "GET, HEAD" : std::string{http::to_string(e.method)};
    break;
  }
  return found;
}

}  // namespace tsg::pipeline
