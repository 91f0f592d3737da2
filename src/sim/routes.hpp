// Which dialect answers a path.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "api.hpp"

namespace tsg::sim {

enum class RouteKind : std::uint8_t { call, models, model, count_tokens, unknown };

struct Route {
  RouteKind kind = RouteKind::unknown;
  Api const* api = nullptr;  // never null: an unknown path is refused in its prefix's dialect
  std::string model;         // where the path carries it
  bool stream = false;       // Gemini: the verb says it
};

Route find_route(std::string_view method, std::string_view target);

/// The list of models, or one of them, in the dialect's shape.
std::string models_body(Route const& route);

}  // namespace tsg::sim
