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
    Parameter{"stop", Fate::mapped, "models without reasoning", R"([]|""|[""])"},
    Parameter{"frequency_penalty", Fate::mapped, "models without reasoning", "0"},
    Parameter{"presence_penalty", Fate::mapped, "models without reasoning", "0"},
    Parameter{"top_k", Fate::waived, kNever, ""},
    Parameter{"min_p", Fate::waived, kNever, "0"},
    Parameter{"repetition_penalty", Fate::waived, kNever, "1"},
    Parameter{"logprobs", Fate::mapped, "as it is", ""},
    Parameter{"top_logprobs", Fate::mapped, "as it is", ""},
    Parameter{"reasoning_effort", Fate::mapped, "by the model's rule", "", words::effort},
    Parameter{"response_format", Fate::mapped, "as it is", "", words::format},
    Parameter{"tools", Fate::mapped, "without strict", ""},
    Parameter{"tool_choice", Fate::mapped, "as it is", ""},
    Parameter{"parallel_tool_calls", Fate::mapped, "as it is", ""},
    Parameter{"user", Fate::mapped, "as it is", ""},
    Parameter{"service_tier", Fate::mapped, "as it is", "", kTiers},
    Parameter{"prompt_cache_key", Fate::mapped, "header x-grok-conv-id", ""},
    Parameter{"prompt_cache_retention", Fate::dropped, "caches only", "", words::retention},
    Parameter{"prompt_cache_options", Fate::dropped, "caches only", ""},
    Parameter{"metadata", Fate::dropped, "a note for the provider's own lists", ""},
    Parameter{"safety_identifier", Fate::dropped, "xAI ignores it", ""},
    Parameter{"store", Fate::dropped, "nothing is kept at the provider", "false"},
    Parameter{"prediction", Fate::dropped, "makes answers faster, not other", "", words::prediction},
    Parameter{"verbosity", Fate::dropped, "a wish about style that no xAI model knows", "", words::verbosity},
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

std::vector<Parameter> responses_parameters() {
  using enum Fate;
  return with(
      responses_table(kOnChat),
      {
          {"safety_identifier", dropped, "xAI ignores it", ""},
          {"verbosity", dropped, "a wish about style that no xAI model knows", "", words::verbosity},
          {"service_tier", mapped, "service_tier", "", kTiers},
          {"logit_bias", refused, kNever, "{}"},
          {"modalities", refused, kNever, "[]|[\"text\"]"},
          {"audio", refused, kNever, ""},
          {"search_parameters", refused, kSearch, ""},
          {"deferred", refused, "is not offered: such an answer has no usage until it is read", "false"},
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
  static auto const table = responses_parameters();
  responses::Flavour f;
  f.dialect = "xai";
  f.parameters = table;
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
