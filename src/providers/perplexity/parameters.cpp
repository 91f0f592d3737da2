#include <array>

#include "providers/perplexity/adapter.hpp"

namespace tsg::providers::perplexity {
namespace {

constexpr std::string_view kNone = "has no equivalent in Perplexity's Agent API: leave it out";
constexpr std::string_view kTool = "the tool web_search";

constexpr std::array kParameters{
    Parameter{"model", Fate::mapped, "model", ""},
    Parameter{"messages", Fate::mapped, "input", ""},
    Parameter{"system", Fate::mapped, "the first item of input", ""},
    Parameter{"stream", Fate::mapped, "stream", ""},
    Parameter{"stream_options", Fate::mapped, "usage always comes", ""},
    Parameter{"max_completion_tokens", Fate::mapped, "max_output_tokens, 16 at least", ""},
    Parameter{"max_tokens", Fate::mapped, "max_output_tokens, 16 at least", ""},
    Parameter{"temperature", Fate::mapped, "temperature", ""},
    Parameter{"top_p", Fate::mapped, "top_p", ""},
    Parameter{"tools", Fate::mapped, "tools, flat", ""},
    Parameter{"tool_choice", Fate::mapped, "tool_choice; allowed_tools by leaving out the others", ""},
    Parameter{"parallel_tool_calls", Fate::mapped, "parallel_tool_calls", ""},
    Parameter{"functions", Fate::mapped, "tools", ""},
    Parameter{"function_call", Fate::mapped, "tool_choice", ""},
    Parameter{"response_format", Fate::mapped, "response_format: json_schema", ""},
    Parameter{"reasoning_effort", Fate::mapped, "reasoning.effort", ""},
    Parameter{"language_preference", Fate::mapped, "language_preference", ""},
    Parameter{"web_search_options", Fate::mapped, kTool, ""},
    Parameter{"search_domain_filter", Fate::mapped, kTool, ""},
    Parameter{"search_recency_filter", Fate::mapped, kTool, ""},
    Parameter{"search_after_date_filter", Fate::mapped, kTool, ""},
    Parameter{"search_before_date_filter", Fate::mapped, kTool, ""},
    Parameter{"last_updated_after_filter", Fate::mapped, kTool, ""},
    Parameter{"last_updated_before_filter", Fate::mapped, kTool, ""},
    Parameter{"disable_search", Fate::mapped, "no tool web_search", ""},
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
    Parameter{"n", Fate::refused, kNone, "1"},
    Parameter{"stop", Fate::refused, kNone, "[]"},
    Parameter{"frequency_penalty", Fate::refused, kNone, "0|0.0"},
    Parameter{"presence_penalty", Fate::refused, kNone, "0|0.0"},
    Parameter{"logit_bias", Fate::refused, kNone, "{}"},
    Parameter{"logprobs", Fate::refused, kNone, "false"},
    Parameter{"top_logprobs", Fate::refused, kNone, "0"},
    Parameter{"modalities", Fate::refused, kNone, "[]|[\"text\"]"},
    Parameter{"audio", Fate::refused, kNone, ""},
    Parameter{"search_mode", Fate::refused, kNone, "\"web\""},
    Parameter{"return_images", Fate::refused, kNone, "false"},
    Parameter{"return_related_questions", Fate::refused, kNone, "false"},
    Parameter{"preset", Fate::refused, "may send the prompt to another vendor: name a model instead", ""},
};
constexpr std::array<std::string_view, 3> kCopied{"temperature", "top_p", "language_preference"};

responses::Flavour make() {
  responses::Flavour f;
  f.dialect = "perplexity";
  f.path = "/v1/agent";
  f.parameters = kParameters;
  f.copied = kCopied;
  f.encrypted_reasoning = false;
  f.custom_tools = f.allowed_tools = f.files = f.image_detail = f.json_object = f.flat_format = false;
  f.output_default = 4096;  // required for anthropic/*
  f.search = &search;
  f.usage = &read_usage;
  f.name_out = &name_out;
  f.name_in = &name_in;
  f.own_call = &reserved;
  f.refine = &refine;
  return f;
}

}  // namespace

responses::Flavour const& flavour() {
  static auto const flavour = make();
  return flavour;
}

}  // namespace tsg::providers::perplexity
