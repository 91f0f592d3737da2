// Patterns of `allowed_models` and of policies. One with "/" speaks of instance and model, one without of the
// model alone.
#include "tsg/core/bytes.hpp"
#include "tsg/routing/resolver.hpp"

namespace tsg::routing {
namespace {

bool names_instance(std::string_view pattern) noexcept {
  return pattern.find('/') != pattern.npos;
}

std::string_view after_slash(std::string_view name) noexcept {
  return name.substr(name.find('/') + 1);
}

// Is there an instance name that makes `pattern` match "<instance>/<model>"? The part of the pattern
// that covers the instance ends at its first "/", or inside a `*` before that.
bool matches_some_instance(std::string_view pattern, std::string_view model) noexcept {
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '*' && glob_match(pattern.substr(i), model)) return true;
    if (pattern[i] == '/') return glob_match(pattern.substr(i + 1), model);
  }
  return false;
}

}  // namespace

bool allowed(std::span<std::string const> patterns, std::string_view instance, std::string_view model,
             bool default_instance) noexcept {
  auto const full = target_name(instance, model);
  auto const bare = full == model ? after_slash(model) : model;
  for (std::string_view const pattern : patterns) {
    if (names_instance(pattern)) {
      if (glob_match(pattern, full)) return true;
    } else if (default_instance && (glob_match(pattern, bare) || glob_match(pattern, model))) {
      return true;
    }
  }
  return false;
}

// Whoever denies a model means it wherever it is served: what `allowed` leaves out for safety's sake, a
// denial must not leave out. Behind a creator's name too: "perplexity/openai/gpt-4o" is gpt-4o.
bool denied(std::span<std::string const> patterns, std::string_view instance,
            std::string_view model) noexcept {
  if (allowed(patterns, instance, model, true)) return true;
  auto const last = model.substr(model.rfind('/') + 1);
  for (std::string_view const pattern : patterns)
    if (!names_instance(pattern) && glob_match(pattern, last)) return true;
  return false;
}

bool allowed(std::span<std::string const> patterns, Target const& target) noexcept {
  bool const plain = is_default_instance(*target.provider);
  return allowed(patterns, target.provider->id, target.upstream_model, plain) ||
         (target.model != nullptr && allowed(patterns, target.provider->id, target.model->id, plain));
}

bool route_allowed(std::span<std::string const> patterns, std::string_view route) noexcept {
  for (std::string_view const pattern : patterns)
    if (!names_instance(pattern) && glob_match(pattern, route)) return true;
  return false;
}

bool could_allow(std::span<std::string const> patterns, std::string_view requested) noexcept {
  for (std::string_view const pattern : patterns) {
    if (glob_match(pattern, requested)) return true;
    if (names_instance(pattern)) {
      if (matches_some_instance(pattern, requested)) return true;
    } else if (names_instance(requested) && glob_match(pattern, after_slash(requested))) {
      return true;
    }
  }
  return false;
}

}  // namespace tsg::routing
