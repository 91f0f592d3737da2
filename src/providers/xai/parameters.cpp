#include <array>

#include "providers/openai/responses.hpp"
#include "providers/xai/adapter.hpp"

namespace tsg::providers::xai {
namespace {

constexpr std::string_view kNever = "is not supported by xAI: leave it out";
constexpr std::string_view kOnChat =
    "is taken by xAI's models without reasoning only, on chat completions: leave it out, or choose such a "
    "model";
constexpr std::string_view kSearch = "was removed by xAI: use the tool {\"type\":\"web_search\"}";

constexpr std::array kChat{
    Parameter{"model", Fate::mapped, "as it is", ""},
    Parameter{"messages", Fate::mapped, "names on user messages only", ""},
    Parameter{"system", Fate::mapped, "the first message", ""},
    Parameter{"stream", Fate::mapped, "as it is", ""},
    Parameter{"stream_options", Fate::mapped, "include_usage always", ""},
    Parameter{"max_completion_tokens", Fate::mapped, "as it is", ""},
    Parameter{"max_tokens", Fate::mapped, "as it is", ""},
    Parameter{"temperature", Fate::mapped, "as it is", ""},
    Parameter{"top_p", Fate::mapped, "as it is", ""},
    Parameter{"seed", Fate::mapped, "as it is", ""},
    Parameter{"n", Fate::mapped, "as it is", ""},
    Parameter{"stop", Fate::mapped, "models without reasoning", ""},
    Parameter{"frequency_penalty", Fate::mapped, "models without reasoning", ""},
    Parameter{"presence_penalty", Fate::mapped, "models without reasoning", ""},
    Parameter{"logprobs", Fate::mapped, "as it is", ""},
    Parameter{"top_logprobs", Fate::mapped, "as it is", ""},
    Parameter{"reasoning_effort", Fate::mapped, "by the model's rule", ""},
    Parameter{"response_format", Fate::mapped, "as it is", ""},
    Parameter{"tools", Fate::mapped, "without strict", ""},
    Parameter{"tool_choice", Fate::mapped, "as it is", ""},
    Parameter{"parallel_tool_calls", Fate::mapped, "as it is", ""},
    Parameter{"user", Fate::mapped, "as it is", ""},
    Parameter{"service_tier", Fate::mapped, "as it is", ""},
    Parameter{"prompt_cache_key", Fate::mapped, "header x-grok-conv-id", ""},
    Parameter{"prompt_cache_retention", Fate::dropped, "caches only", ""},
    Parameter{"prompt_cache_options", Fate::dropped, "caches only", ""},
    Parameter{"metadata", Fate::dropped, "a note for the provider's own lists", ""},
    Parameter{"safety_identifier", Fate::dropped, "xAI ignores it", ""},
    Parameter{"store", Fate::dropped, "nothing is kept at the provider", "false"},
    Parameter{"prediction", Fate::dropped, "makes answers faster, not other", ""},
    Parameter{"verbosity", Fate::dropped, "a wish about style that no xAI model knows", ""},
    Parameter{"functions", Fate::refused, "is not known to xAI's chat completions: use tools", "[]"},
    Parameter{"function_call", Fate::refused, "is not known to xAI's chat completions: use tool_choice", ""},
    Parameter{"logit_bias", Fate::refused, kNever, "{}"},
    Parameter{"modalities", Fate::refused, kNever, "[]|[\"text\"]"},
    Parameter{"audio", Fate::refused, kNever, ""},
    Parameter{"web_search_options", Fate::refused,
              "needs xAI's Responses API: let the instance say api: auto", ""},
    Parameter{"search_parameters", Fate::refused, kSearch, ""},
    Parameter{"deferred", Fate::refused, "is not offered: such an answer has no usage until it is read",
              "false"},
};

constexpr std::array kResponses{
    Parameter{"model", Fate::mapped, "model", ""},
    Parameter{"messages", Fate::mapped, "input", ""},
    Parameter{"system", Fate::mapped, "the first item of input", ""},
    Parameter{"stream", Fate::mapped, "stream", ""},
    Parameter{"stream_options", Fate::mapped, "usage always comes", ""},
    Parameter{"max_completion_tokens", Fate::mapped, "max_output_tokens", ""},
    Parameter{"max_tokens", Fate::mapped, "max_output_tokens", ""},
    Parameter{"temperature", Fate::mapped, "temperature", ""},
    Parameter{"top_p", Fate::mapped, "top_p", ""},
    Parameter{"tools", Fate::mapped, "tools, flat", ""},
    Parameter{"tool_choice", Fate::mapped, "tool_choice; allowed_tools by leaving out the others", ""},
    Parameter{"parallel_tool_calls", Fate::mapped, "parallel_tool_calls", ""},
    Parameter{"functions", Fate::mapped, "tools", ""},
    Parameter{"function_call", Fate::mapped, "tool_choice", ""},
    Parameter{"response_format", Fate::mapped, "text.format", ""},
    Parameter{"reasoning_effort", Fate::mapped, "reasoning.effort, by the model's rule", ""},
    Parameter{"web_search_options", Fate::mapped, "the tool web_search", ""},
    Parameter{"user", Fate::mapped, "user", ""},
    Parameter{"service_tier", Fate::mapped, "service_tier", ""},
    Parameter{"prompt_cache_key", Fate::mapped, "prompt_cache_key", ""},
    Parameter{"prompt_cache_retention", Fate::dropped, "caches only", ""},
    Parameter{"prompt_cache_options", Fate::dropped, "caches only", ""},
    Parameter{"metadata", Fate::dropped, "a note for the provider's own lists", ""},
    Parameter{"safety_identifier", Fate::dropped, "xAI ignores it", ""},
    Parameter{"seed", Fate::dropped, "best effort only", ""},
    Parameter{"store", Fate::dropped, "nothing is kept at the provider", "false"},
    Parameter{"prediction", Fate::dropped, "makes answers faster, not other", ""},
    Parameter{"verbosity", Fate::dropped, "a wish about style that no xAI model knows", ""},
    Parameter{"logprobs", Fate::refused, kOnChat, "false"},
    Parameter{"top_logprobs", Fate::refused, kOnChat, "0"},
    Parameter{"n", Fate::refused, kOnChat, "1"},
    Parameter{"stop", Fate::refused, kOnChat, "[]"},
    Parameter{"frequency_penalty", Fate::refused, kOnChat, "0|0.0"},
    Parameter{"presence_penalty", Fate::refused, kOnChat, "0|0.0"},
    Parameter{"logit_bias", Fate::refused, kNever, "{}"},
    Parameter{"modalities", Fate::refused, kNever, "[]|[\"text\"]"},
    Parameter{"audio", Fate::refused, kNever, ""},
    Parameter{"search_parameters", Fate::refused, kSearch, ""},
    Parameter{"deferred", Fate::refused, "is not offered: such an answer has no usage until it is read",
              "false"},
};
constexpr std::array<std::string_view, 5> kCopied{"temperature", "top_p", "user", "service_tier",
                                                  "prompt_cache_key"};

responses::Search search(ChatRequest const& request, EncodeContext const&) {
  responses::Search out;
  if (!openai::web_search_tool(request).empty()) out.tool = R"({"type":"web_search"})";
  return out;
}

responses::Flavour make() {
  responses::Flavour f;
  f.dialect = "xai";
  f.parameters = kResponses;
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

std::span<Parameter const> chat_parameters() {
  return kChat;
}

responses::Flavour const& responses_flavour() {
  static auto const flavour = make();
  return flavour;
}

}  // namespace tsg::providers::xai
