#include <array>

#include "providers/perplexity/adapter.hpp"
#include "providers/table.hpp"

namespace tsg::providers::perplexity {
namespace {

constexpr std::string_view kNone = "has no equivalent in Perplexity's Agent API: leave it out";
constexpr std::string_view kTool = "the tool web_search";

std::vector<Parameter> parameters() {
  using enum Fate;
  return with(responses_table(kNone),
              {
                  {"response_format", mapped, "response_format: json_schema; json_object as an instruction",
                   "", words::format},
                  {"reasoning_effort", mapped, "reasoning.effort", "", "minimal|low|medium|high|xhigh|max"},
                  {"language_preference", mapped, "language_preference", ""},
                  {"search_domain_filter", mapped, kTool, ""},
                  {"search_recency_filter", mapped, kTool, ""},
                  {"search_after_date_filter", mapped, kTool, ""},
                  {"search_before_date_filter", mapped, kTool, ""},
                  {"last_updated_after_filter", mapped, kTool, ""},
                  {"last_updated_before_filter", mapped, kTool, ""},
                  {"disable_search", mapped, "no tool web_search", ""},
                  {"user", dropped, "has no place there", ""},
                  {"service_tier", dropped, "there is one tier", "", words::tier},
                  {"prompt_cache_key", dropped, "caches only", ""},
                  {"search_mode", refused, kNone, "\"web\""},
                  {"return_images", refused, kNone, "false"},
                  {"return_related_questions", refused, kNone, "false"},
                  {"preset", refused, "may send the prompt to another vendor: name a model instead", ""},
              });
}
constexpr std::array<std::string_view, 3> kCopied{"temperature", "top_p", "language_preference"};

responses::Flavour make() {
  static auto const table = parameters();
  responses::Flavour f;
  f.dialect = "perplexity";
  f.path = "/v1/agent";
  f.parameters = table;
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
