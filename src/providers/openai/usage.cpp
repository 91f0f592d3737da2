#include <algorithm>

#include "providers/counts.hpp"
#include "providers/openai/adapter.hpp"
#include "providers/rules.hpp"

namespace tsg::providers::openai {
namespace {

// Takes up to `wanted` out of what is left of a total, so that classes stay disjoint and sum to it.
std::int64_t take(std::optional<std::int64_t> wanted, std::int64_t& left) noexcept {
  auto const taken = std::min(wanted.value_or(0), left);
  left -= taken;
  return taken;
}

}  // namespace

catalog::Usage read_usage(RawNode const& usage) {
  catalog::Usage u;
  auto const prompt = count_of(usage["prompt_tokens"]);
  auto const completion_raw = usage["completion_tokens"];
  auto const completion = count_of(completion_raw);
  auto const in = usage.child("prompt_tokens_details"), out = usage.child("completion_tokens_details");
  u.invalid =
      contradicts_itself(usage) ||
      no_count({usage["prompt_tokens"], completion_raw, in["cached_tokens"], in["cache_write_tokens"],
                in["audio_tokens"], in["image_tokens"], out["reasoning_tokens"], out["audio_tokens"]});
  if (!prompt || !completion || u.invalid) return u;

  auto left = *prompt;
  u.cached_input = take(count_of(in["cached_tokens"]), left);
  u.cache_write_30m = take(count_of(in["cache_write_tokens"]), left);  // the lifetime sold by default
  auto const audio = count_of(in["audio_tokens"]);
  u.input_audio = take(audio, left);
  // Audio that did not fit beside the cached tokens must be among them.
  u.cached_input_audio = std::min(audio.value_or(0) - u.input_audio, u.cached_input);
  u.cached_input -= u.cached_input_audio;
  u.input_image = take(count_of(in["image_tokens"]), left);
  u.input = left;

  left = *completion;
  u.reasoning = take(count_of(out["reasoning_tokens"]), left);
  u.output_audio = take(count_of(out["audio_tokens"]), left);
  u.output = left;
  u.reported = true;
  return u;
}

catalog::Usage read_embeddings_usage(RawNode const& usage) {
  catalog::Usage u;
  auto prompt = count_of(usage["prompt_tokens"]);
  if (usage["prompt_tokens"].empty()) prompt = count_of(usage["total_tokens"]);  // the same thing here
  u.invalid = contradicts_itself(usage) || no_count({usage["prompt_tokens"]});
  u.reported = prompt && !u.invalid;
  if (u.reported) u.input = *prompt;
  return u;
}

std::string paid_context(DecodeContext const& context) {
  if (context.operation != Operation::chat || Rules{context.family}.text("search", "") != "per_request")
    return {};
  return context.search_context.empty() ? "medium" : context.search_context;  // OpenAI's default
}

std::string read_tier(std::string_view raw) {
  auto tier = name_of(raw);
  if (tier == "default" || tier == "auto" || tier == "standard") tier.clear();
  return tier;
}

}  // namespace tsg::providers::openai
