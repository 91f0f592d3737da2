#include "providers/gemini/usage.hpp"

#include <algorithm>

namespace tsg::providers::gemini {
namespace {

// int64 may come as a string (proto3 JSON). Absent: 0; nonsense: nullopt.
std::optional<std::int64_t> number(RawNode const& node, std::string_view key) {
  auto const raw = node[key];
  if (raw.empty() || is_null(raw)) return 0;
  return count_of(is_string(raw) ? raw.substr(1, raw.size() - 2) : raw);
}

// Of `…TokensDetails`: [{"modality":"AUDIO","tokenCount":113}]
std::int64_t modality(RawNode const& metadata, std::string_view list, std::string_view name) {
  std::int64_t sum = 0;
  auto const details = metadata.child(list);
  for (auto const& element : details.members()) {
    auto const detail = details.child(element);
    if (text_of(detail["modality"]) == name) sum += number(detail, "tokenCount").value_or(0);
  }
  return sum;
}

// Takes up to `wanted` out of what is left of a total, so that classes stay disjoint and sum to it (BUD-11).
std::int64_t take(std::int64_t wanted, std::int64_t& left) noexcept {
  auto const taken = std::min(wanted, left);
  left -= taken;
  return taken;
}

}  // namespace

catalog::Usage read_usage(RawNode const& m) {
  catalog::Usage u;
  auto tier = name_of(m["serviceTier"]);
  if (tier != "standard" && tier != "unspecified") u.service_tier = std::move(tier);

  auto const prompt = number(m, "promptTokenCount"), tools = number(m, "toolUsePromptTokenCount");
  auto const cached = number(m, "cachedContentTokenCount"), total = number(m, "totalTokenCount");
  auto const candidates = number(m, "candidatesTokenCount"), thoughts = number(m, "thoughtsTokenCount");
  u.invalid = contradicts_itself(m) || !prompt || !tools || !cached || !total || !candidates || !thoughts;
  if (m["promptTokenCount"].empty() || u.invalid) return u;

  // Cached tokens are in the prompt, the prompts of tools are not. Documents and video are billed as text.
  auto left = *prompt;
  u.cached_input = take(*cached, left);
  u.cached_input_audio = take(modality(m, "cacheTokensDetails", "AUDIO"), u.cached_input);
  auto const audio = modality(m, "promptTokensDetails", "AUDIO");
  u.input_audio = take(std::max<std::int64_t>(audio - u.cached_input_audio, 0), left);
  auto const image = modality(m, "promptTokensDetails", "IMAGE");
  auto const cached_image = modality(m, "cacheTokensDetails", "IMAGE");
  u.input_image = take(std::max<std::int64_t>(image - cached_image, 0), left);
  u.input = left + *tools;

  // In April 2025 thoughts were counted inside the candidates for a while; the total tells.
  left = *candidates;
  u.reasoning = *thoughts;
  if (*thoughts > 0 && *total == *prompt + *candidates + *tools) take(*thoughts, left);
  u.output_audio = take(modality(m, "candidatesTokensDetails", "AUDIO"), left);
  u.output_image = take(modality(m, "candidatesTokensDetails", "IMAGE"), left);
  u.output = left;
  u.reported = true;
  return u;
}

}  // namespace tsg::providers::gemini
