// What a client can ask for beside its conversation and its tools, whatever its surface calls it. Dialects
// say by feature what becomes of it, so that a member that two surfaces spell differently is decided on once.
//
// Only what stands at the top of a body is one. What an item or a tool asks for (a file by id, a custom
// tool) is decided on by the encoder that meets it, since it knows where it stands.
#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "tsg/conversation/prompt.hpp"

namespace tsg::conversation {

// In the order of the README's table. Twins (an old and a new member of one surface) are two features: a
// dialect may take one of them only.
enum class Feature : std::uint8_t {
  unknown,  // nobody modelled it
  model,
  messages,
  system,
  output_limit,
  output_limit_old,
  stream,
  stream_options,
  temperature,
  top_p,
  top_k,
  stop,
  tools,
  tool_choice,
  functions,
  function_call,
  parallel,
  format,
  effort,
  thinking,
  cache_control,
  user,
  safety_identifier,
  service_tier,
  seed,
  verbosity,
  prediction,
  store,
  metadata,
  cache_key,
  cache_retention,
  cache_options,
  choices,
  frequency_penalty,
  presence_penalty,
  min_p,
  repetition_penalty,
  logit_bias,
  logprobs,
  top_logprobs,
  audio_out,
  modalities,
  search_options,
  search_parameters,
  deferred,
  language,
  search_domains,
  search_recency,
  search_after,
  search_before,
  updated_after,
  updated_before,
  search_off,
  search_mode,
  return_images,
  related_questions,
  preset,
  search_context,
  search_languages,
  image_domains,
  image_formats,
  search_classifier,
  stream_mode,
  moderation,
  calls_most,
  // Of embeddings.
  input,
  encoding,
  dimensions,
  // Which chat has no member for.
  thought_summary,
  thought_summary_old,
  thought_mode,
  thought_context,
  include,
  format_old,
  truncation,
  context_edit,
  compaction,
  background,
  background_options,
  previous_answer,
  conversation,
  thread,
  stored_prompt,
  access_programs,
  image_options,
  client_metadata,
  task_budget,
  speed,
  region,
  container,
  mcp_servers,
  fallbacks,
  fallback_credit,
  billing_policy,
  diagnostics,
  user_profile,
  workspace,
  safeguards,
  tags,
};
inline constexpr std::size_t kFeatures = static_cast<std::size_t>(Feature::tags) + 1;

// What each surface calls it; "" = it cannot be asked for there. A name with a dot is of a member in a
// member, which is a feature of its own where dialects differ in it.
struct FeatureNames {
  Feature feature;
  std::string_view chat, responses, messages, embeddings;
};
// One for each feature but `unknown`, in the order of the enumeration.
std::span<FeatureNames const> feature_names() noexcept;

// Feature::unknown if the surface has no such member.
Feature feature_of(Surface surface, std::string_view member) noexcept;
std::string_view name_of(Surface surface, Feature feature) noexcept;

// All members at the top of a body, in the client's order. They live as long as the document.
std::vector<Wish> wishes_of(Surface surface, json::Document const& body);

}  // namespace tsg::conversation
