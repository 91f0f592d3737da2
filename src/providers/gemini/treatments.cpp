// What becomes of each parameter (§3.1). Where a model's rules decide, encode.cpp and its parts say so.
#include "providers/gemini/adapter.hpp"
#include "providers/table.hpp"

namespace tsg::providers::gemini {
using enum Fate;

// clang-format off
Treatments const& chat_treatments() {
  static auto const table = others().with({
      {Feature::model, mapped, "the path", ""},
      {Feature::messages, mapped, "`contents`, `systemInstruction`", ""},
      {Feature::system, mapped, "`systemInstruction`", ""},
      {Feature::stream, mapped, "`streamGenerateContent?alt=sse`", ""},
      {Feature::stream_options, mapped, "usage is always told", ""},
      {Feature::output_limit_old, mapped, "`maxOutputTokens`", ""},
      {Feature::output_limit, mapped, "`maxOutputTokens`", ""},
      {Feature::temperature, mapped, "`temperature`, also where the model ignores it", "1"},
      {Feature::top_p, mapped, "`topP`, also where the model ignores it", "1"},
      {Feature::top_k, mapped, "`topK`, also where the model ignores it", ""},
      {Feature::stop, mapped, "`stopSequences`; the gateway watches for those beyond 5", R"([]|""|[""])"},
      {Feature::choices, mapped, "`candidateCount`, where the model takes it", ""},
      {Feature::seed, mapped, "`seed`, of 32 bits", ""},
      {Feature::presence_penalty, mapped, "`presencePenalty`; left out where the model takes none", "0"},
      {Feature::frequency_penalty, mapped, "`frequencyPenalty`; left out where the model takes none", "0"},
      {Feature::logprobs, mapped, "`responseLogprobs`, where the model takes it", ""},
      {Feature::top_logprobs, mapped, "`logprobs`, where the model takes it", ""},
      {Feature::format, mapped, "`responseMimeType`, `responseJsonSchema`", "", words::format},
      {Feature::effort, mapped, "`thinkingConfig`, by the model's levels or budgets", "", words::effort},
      {Feature::service_tier, mapped, "`serviceTier`", "", "auto|default|standard|flex|priority"},
      {Feature::tools, mapped, "`functionDeclarations`", ""},
      {Feature::tool_choice, mapped, "`toolConfig`", ""},
      {Feature::functions, mapped, "`functionDeclarations`", ""},
      {Feature::function_call, mapped, "`toolConfig`", ""},
      {Feature::search_options, mapped, "`googleSearch`", "", words::search},
      {Feature::parallel, dropped, "there is no switch: several calls may come", "true"},
      {Feature::user, dropped, "there is no field for the end user", ""},
      {Feature::safety_identifier, dropped, "there is no field for the end user", ""},
      {Feature::metadata, dropped, "labels for stored answers; nothing is stored", "{}"},
      {Feature::store, dropped, "nothing is stored, whatever is asked", "false"},
      {Feature::cache_key, dropped, "caching is implicit", ""},
      {Feature::cache_retention, dropped, "caching is implicit", "", words::retention},
      {Feature::cache_options, dropped, "caching is implicit", "{}"},
      {Feature::verbosity, dropped, "a hint that there is no field for", "\"medium\"", words::verbosity},
      {Feature::min_p, waived, "has no equivalent at this provider: leave it out", "0"},
      {Feature::repetition_penalty, waived, "has no equivalent at this provider: leave it out", "1"},
      {Feature::logit_bias, refused, "has no equivalent at this provider: leave it out", "{}"},
      {Feature::prediction, refused, "has no equivalent at this provider: leave it out", ""},
      {Feature::audio_out, refused, "asks for speech, which is not built in: leave it out", ""},
      {Feature::modalities, refused, "must be [\"text\"] for this provider", "[\"text\"]"},
  });
  return table;
}

Treatments const& embedding_treatments() {
  static constexpr Treatments table{
      {Feature::model, mapped, "the path", ""},
      {Feature::input, mapped, "content, one request for each text", ""},
      {Feature::encoding, mapped, "made here", ""},
      {Feature::dimensions, mapped, "`outputDimensionality`", ""},
      {Feature::user, dropped, "there is no field for the end user", ""},
  };
  return table;
}
// clang-format on

}  // namespace tsg::providers::gemini
