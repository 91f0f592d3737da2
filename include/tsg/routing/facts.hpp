// What routing wants to know of a request: counts and flags, no text. Part of every recorded decision, so
// that the decision can be repeated.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tsg/catalog/catalog.hpp"

namespace tsg::routing {

struct Facts {
  Facts() = default;
  bool embeddings = false, stream = false, tools = false, server_tools = false, images = false, audio = false,
       audio_out = false, files = false, json_schema = false;
  std::int64_t input_tokens = 0;           // likely, not the bound: a quarter of the bytes
  std::int64_t output_tokens = 0;          // per choice: what was asked for, else the configured default
  std::optional<std::int64_t> max_tokens;  // what was asked for
  std::int64_t choices = 1;
  std::int64_t image_count = 0;
  std::string service_tier, environment, org, team;
  std::uint64_t sticky = 0;  // keyed hash of the conversation or user; 0 = none
  friend bool operator==(Facts const&, Facts const&) = default;
};

// What the request would cost on that model if it goes as expected; nullopt: no price.
std::optional<Nano> likely_cost(catalog::Model const& model, Facts const& facts, WallTime at);

// Why the target cannot take the request: "no tools", "context window", …; "" = it can. A model that the
// catalogue does not know is taken at its word: the provider decides.
std::string_view unfit(catalog::Model const* model, Facts const& facts);

}  // namespace tsg::routing
