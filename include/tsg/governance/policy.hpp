// A policy document. What it does not mention it does not restrict; several apply by intersection.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "tsg/governance/content.hpp"
#include "tsg/governance/network.hpp"
#include "tsg/governance/schedule.hpp"

namespace tsg::governance {

struct Names {                                    // patterns with `*`
  std::optional<std::vector<std::string>> allow;  // absent: all; empty: none
  std::vector<std::string> deny;                  // wins over allow
};

struct Policy {
  // As a key's allowed_models ("gpt-4o*", "anthropic/*"), but that a denial without "/" holds on every
  // instance.
  Names models;
  Names providers;  // instance ids
  std::optional<std::vector<std::string>> environments;
  std::optional<Schedule> time;
  std::optional<std::vector<Network>> networks;
  std::optional<std::int64_t> max_tokens;
  bool clamp_max_tokens = false;                // lower instead of refuse
  std::optional<bool> lower_over_budget;        // max_tokens into what a budget has left, instead of refuse
  std::optional<std::int64_t> max_input_bytes;  // of text that reaches the model
  bool tools = true, server_tools = true, images = true, audio = true, files = true;
  std::vector<std::string>
      provider_tags;  // a provider must carry all of them (`regions` in its configuration)
  bool require_user = false;
  // Sampling that a model has no control for is refused, not left out. One policy that says so is enough.
  bool strict_parameters = false;
  std::vector<ContentRule> content;
};

// Strict: the error names the member and the rule it breaks.
Result<Policy> parse_policy(std::string_view json);

}  // namespace tsg::governance
