#include <array>

#include "providers/openai/responses.hpp"
#include "providers/table.hpp"
#include "providers/xai/adapter.hpp"

namespace tsg::providers::xai {
namespace {

constexpr std::string_view kNever = "is not supported by xAI: leave it out";
constexpr std::string_view kOnChat =
    "is taken by xAI's models without reasoning only, on chat completions: leave it out, or choose such a "
    "model";
constexpr std::string_view kSearch = "was removed by xAI: use the tool {\"type\":\"web_search\"}";

constexpr std::string_view kTiers = "auto|default|priority";

Treatments responses_treatments() {
  using enum Fate;
  return responses_table(kOnChat).with({
      {Feature::safety_identifier, dropped, "xAI ignores it", ""},
      {Feature::verbosity, dropped, "a wish about style that no xAI model knows", "", words::verbosity},
      {Feature::service_tier, mapped, "service_tier", "", kTiers},
      {Feature::logit_bias, refused, kNever, "{}"},
      {Feature::modalities, refused, kNever, "[]|[\"text\"]"},
      {Feature::audio_out, refused, kNever, ""},
      {Feature::search_parameters, refused, kSearch, ""},
      {Feature::deferred, refused, "is not offered: such an answer has no usage until it is read", "false"},
  });
}
constexpr std::array<std::string_view, 5> kCopied{"temperature", "top_p", "user", "service_tier",
                                                  "prompt_cache_key"};

responses::Search search(ChatRequest const& request, EncodeContext const&) {
  responses::Search out;
  if (!openai::web_search_tool(request).empty()) out.tool = R"({"type":"web_search"})";
  return out;
}

responses::Flavour make() {
  static auto const table = responses_treatments();
  responses::Flavour f;
  f.dialect = "xai";
  f.treatments = &table;
  f.copied = kCopied;
  f.strict_tools = false;
  f.custom_tools = false;
  f.allowed_tools = false;
  f.search = &search;
  f.usage = &read_responses_usage;
  f.refine = &refine;
  return f;
}

}  // namespace

Treatments const& chat_treatments() {
  using enum Fate;
  static auto const table = others().with({
      {Feature::model, mapped, "as it is", ""},
      {Feature::messages, mapped, "names on user messages only", ""},
      {Feature::system, mapped, "the first message", ""},
      {Feature::stream, mapped, "as it is", ""},
      {Feature::stream_options, mapped, "include_usage always", ""},
      {Feature::output_limit, mapped, "as it is", ""},
      {Feature::output_limit_old, mapped, "as it is", ""},
      {Feature::temperature, mapped, "as it is", ""},
      {Feature::top_p, mapped, "as it is", ""},
      {Feature::seed, mapped, "as it is", ""},
      {Feature::choices, mapped, "as it is", ""},
      {Feature::stop, mapped, "models without reasoning", R"([]|""|[""])"},
      {Feature::frequency_penalty, mapped, "models without reasoning", "0"},
      {Feature::presence_penalty, mapped, "models without reasoning", "0"},
      {Feature::top_k, waived, kNever, ""},
      {Feature::min_p, waived, kNever, "0"},
      {Feature::repetition_penalty, waived, kNever, "1"},
      {Feature::logprobs, mapped, "as it is", ""},
      {Feature::top_logprobs, mapped, "as it is", ""},
      {Feature::effort, mapped, "by the model's rule", "", words::effort},
      {Feature::format, mapped, "as it is", "", words::format},
      {Feature::tools, mapped, "without strict", ""},
      {Feature::tool_choice, mapped, "as it is", ""},
      {Feature::parallel, mapped, "as it is", ""},
      {Feature::user, mapped, "as it is", ""},
      {Feature::service_tier, mapped, "as it is", "", kTiers},
      {Feature::cache_key, mapped, "header x-grok-conv-id", ""},
      {Feature::cache_retention, dropped, "caches only", "", words::retention},
      {Feature::cache_options, dropped, "caches only", ""},
      {Feature::metadata, dropped, "a note for the provider's own lists", ""},
      {Feature::safety_identifier, dropped, "xAI ignores it", ""},
      {Feature::store, dropped, "nothing is kept at the provider", "false"},
      {Feature::prediction, dropped, "makes answers faster, not other", "", words::prediction},
      {Feature::verbosity, dropped, "a wish about style that no xAI model knows", "", words::verbosity},
      {Feature::functions, refused, "is not known to xAI's chat completions: use tools", "[]"},
      {Feature::function_call, refused, "is not known to xAI's chat completions: use tool_choice", ""},
      {Feature::logit_bias, refused, kNever, "{}"},
      {Feature::modalities, refused, kNever, "[]|[\"text\"]"},
      {Feature::audio_out, refused, kNever, ""},
      {Feature::search_options, refused, "needs xAI's Responses API: let the instance say api: auto", ""},
      {Feature::search_parameters, refused, kSearch, ""},
      {Feature::deferred, refused, "is not offered: such an answer has no usage until it is read", "false"},
  });
  return table;
}

responses::Flavour const& responses_flavour() {
  static auto const flavour = make();
  return flavour;
}

}  // namespace tsg::providers::xai
