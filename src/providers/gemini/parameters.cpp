// What becomes of each parameter (§3.1). Where a model's rules decide, encode.cpp and its parts say so.
#include <array>

#include "providers/gemini/adapter.hpp"
#include "providers/table.hpp"

namespace tsg::providers::gemini {
namespace {

using enum Fate;

// clang-format off
constexpr std::array kChat{
    Parameter{"model", mapped, "the path", ""},
    Parameter{"messages", mapped, "`contents`, `systemInstruction`", ""},
    Parameter{"system", mapped, "`systemInstruction`", ""},
    Parameter{"stream", mapped, "`streamGenerateContent?alt=sse`", ""},
    Parameter{"stream_options", mapped, "usage is always told", ""},
    Parameter{"max_tokens", mapped, "`maxOutputTokens`", ""},
    Parameter{"max_completion_tokens", mapped, "`maxOutputTokens`", ""},
    Parameter{"temperature", mapped, "`temperature`, also where the model ignores it", "1"},
    Parameter{"top_p", mapped, "`topP`, also where the model ignores it", "1"},
    Parameter{"top_k", mapped, "`topK`, also where the model ignores it", ""},
    Parameter{"stop", mapped, "`stopSequences`; the gateway watches for those beyond 5", R"([]|""|[""])"},
    Parameter{"n", mapped, "`candidateCount`, where the model takes it", ""},
    Parameter{"seed", mapped, "`seed`, of 32 bits", ""},
    Parameter{"presence_penalty", mapped, "`presencePenalty`; left out where the model takes none", "0"},
    Parameter{"frequency_penalty", mapped, "`frequencyPenalty`; left out where the model takes none", "0"},
    Parameter{"logprobs", mapped, "`responseLogprobs`, where the model takes it", ""},
    Parameter{"top_logprobs", mapped, "`logprobs`, where the model takes it", ""},
    Parameter{"response_format", mapped, "`responseMimeType`, `responseJsonSchema`", "", words::format},
    Parameter{"reasoning_effort", mapped, "`thinkingConfig`, by the model's levels or budgets", "", words::effort},
    Parameter{"service_tier", mapped, "`serviceTier`", "", "auto|default|standard|flex|priority"},
    Parameter{"tools", mapped, "`functionDeclarations`", ""},
    Parameter{"tool_choice", mapped, "`toolConfig`", ""},
    Parameter{"functions", mapped, "`functionDeclarations`", ""},
    Parameter{"function_call", mapped, "`toolConfig`", ""},
    Parameter{"web_search_options", mapped, "`googleSearch`", "", words::search},
    Parameter{"parallel_tool_calls", dropped, "there is no switch: several calls may come", "true"},
    Parameter{"user", dropped, "there is no field for the end user", ""},
    Parameter{"safety_identifier", dropped, "there is no field for the end user", ""},
    Parameter{"metadata", dropped, "labels for stored answers; nothing is stored", "{}"},
    Parameter{"store", dropped, "nothing is stored, whatever is asked", "false"},
    Parameter{"prompt_cache_key", dropped, "caching is implicit", ""},
    Parameter{"prompt_cache_retention", dropped, "caching is implicit", "", words::retention},
    Parameter{"prompt_cache_options", dropped, "caching is implicit", "{}"},
    Parameter{"verbosity", dropped, "a hint that there is no field for", "\"medium\"", words::verbosity},
    Parameter{"min_p", waived, "has no equivalent at this provider: leave it out", "0"},
    Parameter{"repetition_penalty", waived, "has no equivalent at this provider: leave it out", "1"},
    Parameter{"logit_bias", refused, "has no equivalent at this provider: leave it out", "{}"},
    Parameter{"prediction", refused, "has no equivalent at this provider: leave it out", ""},
    Parameter{"audio", refused, "asks for speech, which is not built in: leave it out", ""},
    Parameter{"modalities", refused, "must be [\"text\"] for this provider", "[\"text\"]"},
};
constexpr std::array kEmbeddings{
    Parameter{"model", mapped, "the path", ""},
    Parameter{"input", mapped, "content, one request for each text", ""},
    Parameter{"encoding_format", mapped, "made here", ""},
    Parameter{"dimensions", mapped, "`outputDimensionality`", ""},
    Parameter{"user", dropped, "there is no field for the end user", ""},
};
// clang-format on

}  // namespace

std::span<Parameter const> chat_parameters() {
  return kChat;
}

std::span<Parameter const> embedding_parameters() {
  return kEmbeddings;
}

}  // namespace tsg::providers::gemini
