#include "providers/sonar/adapter.hpp"
#include "providers/table.hpp"

namespace tsg::providers::sonar {
namespace {

constexpr std::string_view kNone = "is not known to Sonar: leave it out";
constexpr std::string_view kTools =
    "is not offered by Sonar: an instance with dialect perplexity (Agent API) has tools";
constexpr std::string_view kSame = "as it is";

std::vector<Parameter> table() {
  using enum Fate;
  return with(responses_table(kNone),
              {
                  {"model", mapped, kSame, ""},
                  {"stream", mapped, kSame, ""},
                  {"messages", mapped, "turns that alternate", ""},
                  {"system", mapped, "the first message", ""},
                  {"max_completion_tokens", mapped, "max_tokens", ""},
                  {"max_tokens", mapped, kSame, ""},
                  {"response_format", mapped, "json_schema, regex; json_object as an instruction", "",
                   "type:text|json_object|json_schema|regex"},
                  {"temperature", mapped, kSame, ""},
                  {"top_p", mapped, kSame, ""},
                  {"stop", mapped, kSame, R"([]|""|[""])"},
                  {"reasoning_effort", mapped, kSame, "", "minimal|low|medium|high"},
                  {"web_search_options", mapped, kSame, "", words::search},
                  {"search_context_size", mapped, kSame, "", "low|medium|high"},
                  {"search_mode", mapped, kSame, ""},
                  {"search_domain_filter", mapped, kSame, ""},
                  {"search_language_filter", mapped, kSame, ""},
                  {"search_recency_filter", mapped, kSame, ""},
                  {"search_after_date_filter", mapped, kSame, ""},
                  {"search_before_date_filter", mapped, kSame, ""},
                  {"last_updated_after_filter", mapped, kSame, ""},
                  {"last_updated_before_filter", mapped, kSame, ""},
                  {"return_images", mapped, kSame, ""},
                  {"return_related_questions", mapped, kSame, ""},
                  {"image_domain_filter", mapped, kSame, ""},
                  {"image_format_filter", mapped, kSame, ""},
                  {"enable_search_classifier", mapped, kSame, ""},
                  {"disable_search", mapped, kSame, ""},
                  {"language_preference", mapped, kSame, ""},
                  {"user", dropped, "has no place there", ""},
                  {"service_tier", dropped, "there is one tier", "", words::tier},
                  {"prompt_cache_key", dropped, "caches only", ""},
                  {"parallel_tool_calls", dropped, "there are no tools", "true|false"},
                  {"tools", refused, kTools, "[]"},
                  {"functions", refused, kTools, "[]"},
                  {"tool_choice", refused, kTools, "\"none\"|\"auto\""},
                  {"function_call", refused, kTools, "\"none\"|\"auto\""},
                  {"stream_mode", refused, "is chosen by the gateway: leave it out", "\"full\""},
              });
}

}  // namespace

std::span<Parameter const> parameters() {
  static auto const all = table();
  return all;
}

}  // namespace tsg::providers::sonar
