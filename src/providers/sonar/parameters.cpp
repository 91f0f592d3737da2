#include <array>

#include "providers/sonar/adapter.hpp"

namespace tsg::providers::sonar {
namespace {

constexpr std::string_view kNone = "is not known to Sonar: leave it out";
constexpr std::string_view kTools =
    "is not offered by Sonar: an instance with dialect perplexity (Agent API) has tools";
constexpr std::string_view kSame = "as it is";

constexpr std::array kParameters{
    Parameter{"model", Fate::mapped, kSame, ""},
    Parameter{"messages", Fate::mapped, "turns that alternate", ""},
    Parameter{"system", Fate::mapped, "the first message", ""},
    Parameter{"stream", Fate::mapped, kSame, ""},
    Parameter{"stream_options", Fate::mapped, "usage always comes", ""},
    Parameter{"max_completion_tokens", Fate::mapped, "max_tokens", ""},
    Parameter{"max_tokens", Fate::mapped, kSame, ""},
    Parameter{"temperature", Fate::mapped, kSame, ""},
    Parameter{"top_p", Fate::mapped, kSame, ""},
    Parameter{"stop", Fate::mapped, kSame, ""},
    Parameter{"response_format", Fate::mapped, "json_schema, regex", ""},
    Parameter{"reasoning_effort", Fate::mapped, kSame, ""},
    Parameter{"web_search_options", Fate::mapped, kSame, ""},
    Parameter{"search_context_size", Fate::mapped, kSame, ""},
    Parameter{"search_mode", Fate::mapped, kSame, ""},
    Parameter{"search_domain_filter", Fate::mapped, kSame, ""},
    Parameter{"search_language_filter", Fate::mapped, kSame, ""},
    Parameter{"search_recency_filter", Fate::mapped, kSame, ""},
    Parameter{"search_after_date_filter", Fate::mapped, kSame, ""},
    Parameter{"search_before_date_filter", Fate::mapped, kSame, ""},
    Parameter{"last_updated_after_filter", Fate::mapped, kSame, ""},
    Parameter{"last_updated_before_filter", Fate::mapped, kSame, ""},
    Parameter{"return_images", Fate::mapped, kSame, ""},
    Parameter{"return_related_questions", Fate::mapped, kSame, ""},
    Parameter{"image_domain_filter", Fate::mapped, kSame, ""},
    Parameter{"image_format_filter", Fate::mapped, kSame, ""},
    Parameter{"enable_search_classifier", Fate::mapped, kSame, ""},
    Parameter{"disable_search", Fate::mapped, kSame, ""},
    Parameter{"language_preference", Fate::mapped, kSame, ""},
    Parameter{"user", Fate::dropped, "has no place there", ""},
    Parameter{"safety_identifier", Fate::dropped, "has no place there", ""},
    Parameter{"metadata", Fate::dropped, "a note for the provider's own lists", ""},
    Parameter{"service_tier", Fate::dropped, "there is one tier", ""},
    Parameter{"prompt_cache_key", Fate::dropped, "caches only", ""},
    Parameter{"prompt_cache_retention", Fate::dropped, "caches only", ""},
    Parameter{"prompt_cache_options", Fate::dropped, "caches only", ""},
    Parameter{"seed", Fate::dropped, "best effort only", ""},
    Parameter{"store", Fate::dropped, "nothing is kept at the provider", "false"},
    Parameter{"prediction", Fate::dropped, "makes answers faster, not other", ""},
    Parameter{"verbosity", Fate::dropped, "a wish about style", ""},
    Parameter{"parallel_tool_calls", Fate::dropped, "there are no tools", "true|false"},
    Parameter{"tools", Fate::refused, kTools, "[]"},
    Parameter{"functions", Fate::refused, kTools, "[]"},
    Parameter{"tool_choice", Fate::refused, kTools, "\"none\"|\"auto\""},
    Parameter{"function_call", Fate::refused, kTools, "\"none\"|\"auto\""},
    Parameter{"n", Fate::refused, kNone, "1"},
    Parameter{"frequency_penalty", Fate::refused, kNone, "0|0.0"},
    Parameter{"presence_penalty", Fate::refused, kNone, "0|0.0"},
    Parameter{"logit_bias", Fate::refused, kNone, "{}"},
    Parameter{"logprobs", Fate::refused, kNone, "false"},
    Parameter{"top_logprobs", Fate::refused, kNone, "0"},
    Parameter{"modalities", Fate::refused, kNone, "[]|[\"text\"]"},
    Parameter{"audio", Fate::refused, kNone, ""},
    Parameter{"stream_mode", Fate::refused, "is chosen by the gateway: leave it out", "\"full\""},
};

}  // namespace

std::span<Parameter const> parameters() {
  return kParameters;
}

}  // namespace tsg::providers::sonar
