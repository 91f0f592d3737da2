#include "providers/table.hpp"

#include <algorithm>

namespace tsg::providers {

using enum Fate;

std::vector<Parameter> with(std::vector<Parameter> base, std::initializer_list<Parameter> own) {
  for (auto const& p : own) {
    auto const same = std::ranges::find(base, p.name, &Parameter::name);
    if (same == base.end())
      base.push_back(p);
    else
      *same = p;
  }
  return base;
}

std::vector<Parameter> responses_table(std::string_view refusal) {
  constexpr std::string_view limit = "max_output_tokens, 16 at least", cache = "caches only";
  return {
      {"model", mapped, "model", ""},
      {"messages", mapped, "input", ""},
      {"system", mapped, "the first item of input", ""},
      {"stream", mapped, "stream", ""},
      {"stream_options", mapped, "usage always comes", ""},
      {"max_completion_tokens", mapped, limit, ""},
      {"max_tokens", mapped, limit, ""},
      {"temperature", mapped, "temperature", ""},
      {"top_p", mapped, "top_p", ""},
      {"tools", mapped, "tools, flat", ""},
      {"tool_choice", mapped, "tool_choice; allowed_tools by leaving out the others", ""},
      {"parallel_tool_calls", mapped, "parallel_tool_calls", ""},
      {"functions", mapped, "tools; answered with function_call", ""},
      {"function_call", mapped, "tool_choice", ""},
      {"response_format", mapped, "text.format", "", words::format},
      {"reasoning_effort", mapped, "reasoning.effort, by the model's rule", "", words::effort},
      {"web_search_options", mapped, "the tool web_search", "", words::search},
      {"user", mapped, "user", ""},
      {"service_tier", mapped, "service_tier", ""},
      {"prompt_cache_key", mapped, "prompt_cache_key", ""},
      {"prompt_cache_retention", dropped, cache, "", words::retention},
      {"prompt_cache_options", dropped, cache, ""},
      {"metadata", dropped, "a note for the provider's own lists", "{}"},
      {"safety_identifier", dropped, "has no place there", ""},
      {"seed", dropped, "best effort only", ""},
      {"store", dropped, "nothing is kept at the provider", "false"},
      {"prediction", dropped, "makes answers faster, not other", "", words::prediction},
      {"verbosity", dropped, "a wish about style", "", words::verbosity},
      {"n", refused, refusal, "1"},
      {"stop", mapped, "the gateway ends the answer before it", "[]|\"\"|[\"\"]"},
      {"frequency_penalty", waived, refusal, "0"},
      {"presence_penalty", waived, refusal, "0"},
      {"top_k", waived, refusal, ""},
      {"min_p", waived, refusal, "0"},
      {"repetition_penalty", waived, refusal, "1"},
      {"logit_bias", refused, refusal, "{}"},
      {"logprobs", refused, refusal, "false"},
      {"top_logprobs", refused, refusal, "0"},
      {"modalities", refused, refusal, "[]|[\"text\"]"},
      {"audio", refused, refusal, ""},
  };
}

}  // namespace tsg::providers
