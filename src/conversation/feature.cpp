#include "tsg/conversation/feature.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace tsg::conversation {
namespace {

using F = Feature;

// clang-format off
constexpr std::array<FeatureNames, kFeatures - 1> kNames{{
    // feature             chat                        responses                 messages                  embeddings
    {F::model,             "model",                    "model",                  "model",                  "model"},
    {F::messages,          "messages",                 "input",                  "messages",               ""},
    {F::system,            "system",                   "instructions",           "system",                 ""},
    {F::output_limit,      "max_completion_tokens",    "max_output_tokens",      "max_tokens",             ""},
    {F::output_limit_old,  "max_tokens",               "",                       "",                       ""},
    {F::stream,            "stream",                   "stream",                 "stream",                 ""},
    {F::stream_options,    "stream_options",           "stream_options",         "",                       ""},
    {F::temperature,       "temperature",              "temperature",            "temperature",            ""},
    {F::top_p,             "top_p",                    "top_p",                  "top_p",                  ""},
    {F::top_k,             "top_k",                    "",                       "top_k",                  ""},
    {F::stop,              "stop",                     "",                       "stop_sequences",         ""},
    {F::tools,             "tools",                    "tools",                  "tools",                  ""},
    {F::tool_choice,       "tool_choice",              "tool_choice",            "tool_choice",            ""},
    {F::functions,         "functions",                "",                       "",                       ""},
    {F::function_call,     "function_call",            "",                       "",                       ""},
    {F::parallel,          "parallel_tool_calls",      "parallel_tool_calls",    "tool_choice.disable_parallel_tool_use", ""},
    {F::format,            "response_format",          "text.format",            "output_config.format",   ""},
    {F::effort,            "reasoning_effort",         "reasoning.effort",       "output_config.effort",   ""},
    {F::thinking,          "thinking",                 "",                       "thinking",               ""},
    {F::cache_control,     "cache_control",            "",                       "cache_control",          ""},
    {F::user,              "user",                     "user",                   "metadata.user_id",       "user"},
    {F::safety_identifier, "safety_identifier",        "safety_identifier",      "",                       ""},
    {F::service_tier,      "service_tier",             "service_tier",           "service_tier",           ""},
    {F::seed,              "seed",                     "",                       "",                       ""},
    {F::verbosity,         "verbosity",                "text.verbosity",         "",                       ""},
    {F::prediction,        "prediction",               "",                       "",                       ""},
    {F::store,             "store",                    "store",                  "",                       ""},
    {F::metadata,          "metadata",                 "metadata",               "",                       ""},
    {F::cache_key,         "prompt_cache_key",         "prompt_cache_key",       "",                       ""},
    {F::cache_retention,   "prompt_cache_retention",   "prompt_cache_retention", "",                       ""},
    {F::cache_options,     "prompt_cache_options",     "prompt_cache_options",   "",                       ""},
    {F::choices,           "n",                        "",                       "",                       ""},
    {F::frequency_penalty, "frequency_penalty",        "",                       "",                       ""},
    {F::presence_penalty,  "presence_penalty",         "",                       "",                       ""},
    {F::min_p,             "min_p",                    "",                       "",                       ""},
    {F::repetition_penalty, "repetition_penalty",      "",                       "",                       ""},
    {F::logit_bias,        "logit_bias",               "",                       "",                       ""},
    {F::logprobs,          "logprobs",                 "",                       "",                       ""},
    {F::top_logprobs,      "top_logprobs",             "top_logprobs",           "",                       ""},
    {F::audio_out,         "audio",                    "",                       "",                       ""},
    {F::modalities,        "modalities",               "",                       "",                       ""},
    {F::search_options,    "web_search_options",       "",                       "",                       ""},
    {F::search_parameters, "search_parameters",        "",                       "",                       ""},
    {F::deferred,          "deferred",                 "",                       "",                       ""},
    {F::language,          "language_preference",      "",                       "",                       ""},
    {F::search_domains,    "search_domain_filter",     "",                       "",                       ""},
    {F::search_recency,    "search_recency_filter",    "",                       "",                       ""},
    {F::search_after,      "search_after_date_filter", "",                       "",                       ""},
    {F::search_before,     "search_before_date_filter", "",                      "",                       ""},
    {F::updated_after,     "last_updated_after_filter", "",                      "",                       ""},
    {F::updated_before,    "last_updated_before_filter", "",                     "",                       ""},
    {F::search_off,        "disable_search",           "",                       "",                       ""},
    {F::search_mode,       "search_mode",              "",                       "",                       ""},
    {F::return_images,     "return_images",            "",                       "",                       ""},
    {F::related_questions, "return_related_questions", "",                       "",                       ""},
    {F::preset,            "preset",                   "",                       "",                       ""},
    {F::search_context,    "search_context_size",      "",                       "",                       ""},
    {F::search_languages,  "search_language_filter",   "",                       "",                       ""},
    {F::image_domains,     "image_domain_filter",      "",                       "",                       ""},
    {F::image_formats,     "image_format_filter",      "",                       "",                       ""},
    {F::search_classifier, "enable_search_classifier", "",                       "",                       ""},
    {F::stream_mode,       "stream_mode",              "",                       "",                       ""},
    {F::moderation,        "moderation",               "moderation",             "",                       ""},
    {F::calls_most,        "max_tool_calls",           "max_tool_calls",         "",                       ""},
    {F::input,             "",                         "",                       "",                       "input"},
    {F::encoding,          "",                         "",                       "",                       "encoding_format"},
    {F::dimensions,        "",                         "",                       "",                       "dimensions"},
    {F::thought_summary,   "",                         "reasoning.summary",      "",                       ""},
    {F::thought_summary_old, "",                       "reasoning.generate_summary", "",                   ""},
    {F::thought_mode,      "",                         "reasoning.mode",         "",                       ""},
    {F::thought_context,   "",                         "reasoning.context",      "",                       ""},
    {F::include,           "",                         "include",                "",                       ""},
    {F::format_old,        "",                         "",                       "output_format",          ""},
    {F::truncation,        "",                         "truncation",             "",                       ""},
    {F::context_edit,      "",                         "context_management",     "context_management",     ""},
    {F::compaction,        "",                         "",                       "compaction",             ""},
    {F::background,        "",                         "background",             "",                       ""},
    {F::background_options, "",                        "background_options",     "",                       ""},
    {F::previous_answer,   "",                         "previous_response_id",   "",                       ""},
    {F::conversation,      "",                         "conversation",           "",                       ""},
    {F::thread,            "",                         "",                       "thread",                 ""},
    {F::stored_prompt,     "",                         "prompt",                 "",                       ""},
    {F::access_programs,   "",                         "access_programs",        "",                       ""},
    {F::image_options,     "",                         "image",                  "",                       ""},
    {F::client_metadata,   "",                         "client_metadata",        "",                       ""},
    {F::task_budget,       "",                         "",                       "output_config.task_budget", ""},
    {F::speed,             "",                         "",                       "speed",                  ""},
    {F::region,            "",                         "",                       "inference_geo",          ""},
    {F::container,         "",                         "",                       "container",              ""},
    {F::mcp_servers,       "",                         "",                       "mcp_servers",            ""},
    {F::fallbacks,         "",                         "",                       "fallbacks",              ""},
    {F::fallback_credit,   "",                         "",                       "fallback_credit_token",  ""},
    {F::billing_policy,    "",                         "",                       "billing_policy",         ""},
    {F::diagnostics,       "",                         "",                       "diagnostics",            ""},
    {F::user_profile,      "",                         "",                       "user_profile_id",        ""},
    {F::workspace,         "",                         "",                       "workspace_id",           ""},
    {F::safeguards,        "",                         "",                       "safeguards",             ""},
    {F::tags,              "",                         "",                       "tags",                   ""},
}};
// clang-format on

constexpr bool in_order() {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (static_cast<std::size_t>(kNames[i].feature) != i + 1) return false;
  return true;
}
static_assert(in_order(), "name_of() finds a feature by its number");

// One surface's members, sorted: each request looks up all that it has. What it has no name for stands first.
using Index = std::array<std::pair<std::string_view, Feature>, kNames.size()>;
constexpr Index index_of(std::string_view FeatureNames::*surface) {
  Index out{};
  for (std::size_t i = 0; i < kNames.size(); ++i) out[i] = {kNames[i].*surface, kNames[i].feature};
  std::ranges::sort(out, {}, &Index::value_type::first);
  return out;
}
constexpr Index kChat = index_of(&FeatureNames::chat);
constexpr Index kEmbeddings = index_of(&FeatureNames::embeddings);

}  // namespace

std::span<FeatureNames const> feature_names() noexcept {
  return kNames;
}

Feature feature_of(Surface surface, std::string_view member) noexcept {
  if (member.empty()) return Feature::unknown;
  auto const& index = surface == Surface::chat ? kChat : kEmbeddings;
  auto const* const found = std::ranges::lower_bound(index, member, {}, &Index::value_type::first);
  return found != index.end() && found->first == member ? found->second : Feature::unknown;
}

std::string_view name_of(Surface surface, Feature feature) noexcept {
  if (feature == Feature::unknown) return {};
  auto const& names = kNames[static_cast<std::size_t>(feature) - 1];
  return surface == Surface::chat ? names.chat : names.embeddings;
}

std::vector<Wish> wishes_of(Surface surface, json::Document const& body) {
  std::vector<Wish> out;
  out.reserve(body.members().size());
  for (auto const& m : body.members()) out.emplace_back(feature_of(surface, m.key), m.key, body.raw(m.value));
  return out;
}

}  // namespace tsg::conversation
