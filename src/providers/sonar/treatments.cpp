#include "providers/sonar/adapter.hpp"
#include "providers/table.hpp"

namespace tsg::providers::sonar {
namespace {

constexpr std::string_view kNone = "is not known to Sonar: leave it out";
constexpr std::string_view kTools =
    "is not offered by Sonar: an instance with dialect perplexity (Agent API) has tools";
constexpr std::string_view kSame = "as it is";

Treatments table() {
  using enum Fate;
  return responses_table(kNone).with({
      {Feature::model, mapped, kSame, ""},
      {Feature::stream, mapped, kSame, ""},
      {Feature::messages, mapped, "turns that alternate", ""},
      {Feature::system, mapped, "the first message", ""},
      {Feature::output_limit, mapped, "max_tokens", ""},
      {Feature::output_limit_old, mapped, kSame, ""},
      {Feature::format, mapped, "json_schema, regex; json_object as an instruction", "",
       "type:text|json_object|json_schema|regex"},
      {Feature::temperature, mapped, kSame, ""},
      {Feature::top_p, mapped, kSame, ""},
      {Feature::stop, mapped, kSame, R"([]|""|[""])"},
      {Feature::effort, mapped, kSame, "", "minimal|low|medium|high"},
      {Feature::search_options, mapped, kSame, "", words::search},
      {Feature::search_context, mapped, kSame, "", "low|medium|high"},
      {Feature::search_mode, mapped, kSame, ""},
      {Feature::search_domains, mapped, kSame, ""},
      {Feature::search_languages, mapped, kSame, ""},
      {Feature::search_recency, mapped, kSame, ""},
      {Feature::search_after, mapped, kSame, ""},
      {Feature::search_before, mapped, kSame, ""},
      {Feature::updated_after, mapped, kSame, ""},
      {Feature::updated_before, mapped, kSame, ""},
      {Feature::return_images, mapped, kSame, ""},
      {Feature::related_questions, mapped, kSame, ""},
      {Feature::image_domains, mapped, kSame, ""},
      {Feature::image_formats, mapped, kSame, ""},
      {Feature::search_classifier, mapped, kSame, ""},
      {Feature::search_off, mapped, kSame, ""},
      {Feature::language, mapped, kSame, ""},
      {Feature::user, dropped, "has no place there", ""},
      {Feature::service_tier, dropped, "there is one tier", "", words::tier},
      {Feature::cache_key, dropped, "caches only", ""},
      {Feature::parallel, dropped, "there are no tools", "true|false"},
      {Feature::tools, refused, kTools, "[]"},
      {Feature::functions, refused, kTools, "[]"},
      {Feature::tool_choice, refused, kTools, "\"none\"|\"auto\""},
      {Feature::function_call, refused, kTools, "\"none\"|\"auto\""},
      {Feature::stream_mode, refused, "is chosen by the gateway: leave it out", "\"full\""},
  });
}

}  // namespace

Treatments const& treatments() {
  static auto const all = table();
  return all;
}

}  // namespace tsg::providers::sonar
