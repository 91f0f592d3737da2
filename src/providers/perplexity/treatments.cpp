#include <array>

#include "providers/perplexity/adapter.hpp"
#include "providers/table.hpp"

namespace tsg::providers::perplexity {
namespace {

constexpr std::string_view kNone = "has no equivalent in Perplexity's Agent API: leave it out";
constexpr std::string_view kTool = "the tool web_search";

Treatments treatments() {
  using enum Fate;
  return responses_table(kNone).with({
      {Feature::format, mapped, "response_format: json_schema; json_object as an instruction", "",
       words::format},
      {Feature::effort, mapped, "reasoning.effort", "", "minimal|low|medium|high|xhigh|max"},
      {Feature::language, mapped, "language_preference", ""},
      {Feature::search_domains, mapped, kTool, ""},
      {Feature::search_recency, mapped, kTool, ""},
      {Feature::search_after, mapped, kTool, ""},
      {Feature::search_before, mapped, kTool, ""},
      {Feature::updated_after, mapped, kTool, ""},
      {Feature::updated_before, mapped, kTool, ""},
      {Feature::search_off, mapped, "no tool web_search", ""},
      {Feature::user, dropped, "has no place there", ""},
      {Feature::service_tier, dropped, "there is one tier", "", words::tier},
      {Feature::cache_key, dropped, "caches only", ""},
      {Feature::search_mode, refused, kNone, "\"web\""},
      {Feature::return_images, refused, kNone, "false"},
      {Feature::related_questions, refused, kNone, "false"},
      {Feature::preset, refused, "may send the prompt to another vendor: name a model instead", ""},
  });
}
constexpr std::array<std::string_view, 3> kCopied{"temperature", "top_p", "language_preference"};

responses::Flavour make() {
  static auto const table = treatments();
  responses::Flavour f;
  f.dialect = "perplexity";
  f.path = "/v1/agent";
  f.treatments = &table;
  f.copied = kCopied;
  f.encrypted_reasoning = false;
  f.custom_tools = f.allowed_tools = f.files = f.image_detail = f.json_object = f.flat_format = false;
  f.output_default = 4096;  // required for anthropic/*
  f.search = &search;
  f.usage = &read_usage;
  f.names.kept = reserved_names();
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
