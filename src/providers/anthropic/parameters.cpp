#include <array>

#include "providers/anthropic/adapter.hpp"
#include "providers/table.hpp"

namespace tsg::providers::anthropic {
namespace {

using enum Fate;
// §3.1. What the API has no equivalent for is refused where leaving it out would change the answer.
constexpr std::array kParameters{
    Parameter{"model", mapped, "`model`", ""},
    Parameter{"messages", mapped, "`system`, `messages`", ""},
    Parameter{"system", mapped, "the first block of `system`", ""},
    Parameter{"max_completion_tokens", mapped, "`max_tokens`, at most the model's cap; always sent", ""},
    Parameter{"max_tokens", mapped, "as `max_completion_tokens`", ""},
    Parameter{"stream", mapped, "`stream`", ""},
    Parameter{"stream_options", mapped, "answered by the gateway", ""},
    Parameter{"temperature", mapped, "`temperature`, capped at 1; left out where the model takes none", "1"},
    Parameter{"top_p", mapped, "`top_p`; refused beside `temperature`, left out where the model takes none",
              "1"},
    Parameter{"top_k", mapped, "`top_k` (extension); left out where the model takes none", ""},
    Parameter{"stop", mapped, "`stop_sequences`; the gateway watches for white space alone", R"([]|""|[""])"},
    Parameter{"tools", mapped, "`tools`; custom tools are refused", "[]"},
    Parameter{"tool_choice", mapped, "`tool_choice`; a structured output where the model cannot be forced",
              ""},
    Parameter{"functions", mapped, "as `tools`", "[]"},
    Parameter{"function_call", mapped, "as `tool_choice`", ""},
    Parameter{"parallel_tool_calls", mapped, "`disable_parallel_tool_use`", "true"},
    Parameter{"response_format", mapped, "`output_config.format`; json_object as a system instruction",
              R"({"type":"text"})", words::format},
    Parameter{"reasoning_effort", mapped,
              "`output_config.effort`, `thinking`; dropped where the model has none", "", words::effort},
    Parameter{"thinking", mapped, "`thinking` (extension), as it is", ""},
    Parameter{"cache_control", mapped, "`cache_control` (extension), also in parts, messages and tools", ""},
    Parameter{"user", mapped, "`metadata.user_id`, hashed", ""},
    Parameter{"safety_identifier", mapped, "`metadata.user_id`, hashed", ""},
    Parameter{"service_tier", mapped, "auto, and default as `standard_only`; others dropped", "",
              "auto|default|standard|standard_only|flex|scale|priority|fast|ultrafast"},
    Parameter{"seed", dropped, "best effort at best", ""},
    Parameter{"verbosity", dropped, "a hint", "", words::verbosity},
    Parameter{"prediction", dropped, "speeds up only", "", words::prediction},
    Parameter{"store", dropped, "nothing is kept there", "false"},
    Parameter{"metadata", dropped, "labels of stored answers", "{}"},
    Parameter{"prompt_cache_key", dropped, "use `cache_control`", ""},
    Parameter{"prompt_cache_retention", dropped, "use `cache_control`", "", words::retention},
    Parameter{"prompt_cache_options", dropped, "use `cache_control`", "{}"},
    Parameter{"n", refused, "gives one choice only on Anthropic's models: ask several times", "1"},
    Parameter{"frequency_penalty", waived, "is unknown to Anthropic's models: leave it out", "0"},
    Parameter{"presence_penalty", waived, "is unknown to Anthropic's models: leave it out", "0"},
    Parameter{"min_p", waived, "is unknown to Anthropic's models: leave it out", "0"},
    Parameter{"repetition_penalty", waived, "is unknown to Anthropic's models: leave it out", "1"},
    Parameter{"logit_bias", refused, "is unknown to Anthropic's models: leave it out", "{}"},
    Parameter{"logprobs", refused, "are not given by Anthropic's models: leave it out", "false"},
    Parameter{"top_logprobs", refused, "are not given by Anthropic's models: leave it out", "0"},
    Parameter{"audio", refused, "is not given by Anthropic's models: ask for text", ""},
    Parameter{"modalities", refused, "other than text are not given by Anthropic's models", R"(["text"])"},
    Parameter{"web_search_options", refused, "has no equivalent: send a `web_search_…` tool", ""},
};

}  // namespace

std::span<Parameter const> parameters() {
  return kParameters;
}

}  // namespace tsg::providers::anthropic
