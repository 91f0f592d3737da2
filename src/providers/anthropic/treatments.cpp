#include "providers/anthropic/adapter.hpp"
#include "providers/table.hpp"

namespace tsg::providers::anthropic {

// §3.1. What the API has no equivalent for is refused where leaving it out would change the answer.
Treatments const& treatments() {
  using enum Fate;
  static auto const table = others().with({
      {Feature::model, mapped, "`model`", ""},
      {Feature::messages, mapped, "`system`, `messages`", ""},
      {Feature::system, mapped, "the first block of `system`", ""},
      {Feature::output_limit, mapped, "`max_tokens`, at most the model's cap; always sent", ""},
      {Feature::output_limit_old, mapped, "as `max_completion_tokens`", ""},
      {Feature::stream, mapped, "`stream`", ""},
      {Feature::stream_options, mapped, "answered by the gateway", ""},
      {Feature::temperature, mapped, "`temperature`, capped at 1; left out where the model takes none", "1"},
      {Feature::top_p, mapped, "`top_p`; refused beside `temperature`, left out where the model takes none",
       "1"},
      {Feature::top_k, mapped, "`top_k` (extension); left out where the model takes none", ""},
      {Feature::stop, mapped, "`stop_sequences`; the gateway watches for white space alone", R"([]|""|[""])"},
      {Feature::tools, mapped, "`tools`; custom tools are refused", "[]"},
      {Feature::tool_choice, mapped, "`tool_choice`; a structured output where the model cannot be forced",
       ""},
      {Feature::functions, mapped, "as `tools`", "[]"},
      {Feature::function_call, mapped, "as `tool_choice`", ""},
      {Feature::parallel, mapped, "`disable_parallel_tool_use`", "true"},
      {Feature::format, mapped, "`output_config.format`; json_object as a system instruction",
       R"({"type":"text"})", words::format},
      {Feature::effort, mapped, "`output_config.effort`, `thinking`; dropped where the model has none", "",
       words::effort},
      {Feature::thinking, mapped, "`thinking` (extension), as it is", ""},
      {Feature::cache_control, mapped, "`cache_control` (extension), also in parts, messages and tools", ""},
      {Feature::user, mapped, "`metadata.user_id`, hashed", ""},
      {Feature::safety_identifier, mapped, "`metadata.user_id`, hashed", ""},
      {Feature::service_tier, mapped, "auto, and default as `standard_only`; others dropped", "",
       "auto|default|standard|standard_only|flex|scale|priority|fast|ultrafast",
       "auto|default|standard|standard_only"},
      {Feature::seed, dropped, "best effort at best", ""},
      {Feature::verbosity, dropped, "a hint", "", words::verbosity},
      {Feature::prediction, dropped, "speeds up only", "", words::prediction},
      {Feature::store, dropped, "nothing is kept there", "false"},
      {Feature::metadata, dropped, "labels of stored answers", "{}"},
      {Feature::cache_key, dropped, "use `cache_control`", ""},
      {Feature::cache_retention, dropped, "use `cache_control`", "", words::retention},
      {Feature::cache_options, dropped, "use `cache_control`", "{}"},
      {Feature::choices, refused, "gives one choice only on Anthropic's models: ask several times", "1"},
      {Feature::frequency_penalty, waived, "is unknown to Anthropic's models: leave it out", "0"},
      {Feature::presence_penalty, waived, "is unknown to Anthropic's models: leave it out", "0"},
      {Feature::min_p, waived, "is unknown to Anthropic's models: leave it out", "0"},
      {Feature::repetition_penalty, waived, "is unknown to Anthropic's models: leave it out", "1"},
      {Feature::logit_bias, refused, "is unknown to Anthropic's models: leave it out", "{}"},
      {Feature::logprobs, refused, "are not given by Anthropic's models: leave it out", "false"},
      {Feature::top_logprobs, refused, "are not given by Anthropic's models: leave it out", "0"},
      {Feature::audio_out, refused, "is not given by Anthropic's models: ask for text", ""},
      {Feature::modalities, refused, "other than text are not given by Anthropic's models", R"(["text"])"},
      {Feature::search_options, refused, "has no equivalent: send a `web_search_…` tool", ""},
  });
  return table;
}

}  // namespace tsg::providers::anthropic
