#include "providers/table.hpp"

namespace tsg::providers {

using enum Fate;

constexpr Treatment not_known(Feature feature) {
  return {feature, refused};
}

Treatments const& others() {
  constexpr std::string_view account = "belongs to an account at its provider: leave it out";
  constexpr std::string_view kept = "needs turns that are kept, which none are: send the whole conversation";
  constexpr std::string_view late = "is not offered: such an answer has no usage until it is read";
  static constexpr Treatments all{
      // Chat's members of one vendor.
      not_known(Feature::thinking),
      not_known(Feature::cache_control),
      not_known(Feature::search_parameters),
      not_known(Feature::deferred),
      not_known(Feature::language),
      not_known(Feature::search_domains),
      not_known(Feature::search_recency),
      not_known(Feature::search_after),
      not_known(Feature::search_before),
      not_known(Feature::updated_after),
      not_known(Feature::updated_before),
      not_known(Feature::search_off),
      not_known(Feature::search_mode),
      not_known(Feature::return_images),
      not_known(Feature::related_questions),
      not_known(Feature::preset),
      not_known(Feature::search_context),
      not_known(Feature::search_languages),
      not_known(Feature::image_domains),
      not_known(Feature::image_formats),
      not_known(Feature::search_classifier),
      not_known(Feature::stream_mode),
      not_known(Feature::moderation),
      not_known(Feature::calls_most),
      // Of Responses and Messages.
      {Feature::thought_summary, mapped, "decides what is shown of thoughts", ""},
      {Feature::thought_summary_old, mapped, "as `reasoning.summary`", ""},
      {Feature::thought_mode, refused, "other than standard is OpenAI's own: leave it out", "\"standard\""},
      {Feature::thought_context, dropped, "thoughts go back to the model that made them", "\"auto\""},
      {Feature::include, mapped, "decides what is shown of the answer", "[]"},
      {Feature::format_old, mapped, "as `output_config.format`", ""},
      {Feature::truncation, dropped, "an overflow is an error then, not a cut", "\"disabled\""},
      {Feature::context_edit, refused, "has no equivalent there: send what shall be read", "[]|{}"},
      {Feature::compaction, refused, "has no equivalent there: send what shall be read", ""},
      {Feature::background, refused, late, "false"},
      {Feature::background_options, refused, late, R"({"completion_window":"soonest"})"},
      {Feature::previous_answer, refused, kept, ""},
      {Feature::conversation, refused, kept, ""},
      {Feature::thread, refused, kept, ""},
      {Feature::stored_prompt, refused, "is content that no policy can see: send it", ""},
      {Feature::access_programs, refused, "is OpenAI's own: leave it out", "{}"},
      {Feature::image_options, refused, "is OpenAI's own: leave it out", "{}"},
      {Feature::client_metadata, dropped, "a note for OpenAI", "{}"},
      {Feature::task_budget, dropped, "a hint", ""},
      {Feature::speed, dropped, "there is one speed", "\"standard\"", "standard|fast"},
      {Feature::region, refused, "promises where data goes, which this provider does not", ""},
      {Feature::container, refused, account, ""},
      {Feature::mcp_servers, refused, "has no equivalent there: offer functions", "[]"},
      {Feature::fallbacks, refused, "has no equivalent there: name a route", "[]"},
      {Feature::fallback_credit, refused, account, ""},
      {Feature::billing_policy, refused, account, ""},
      {Feature::diagnostics, dropped, "a note about caches", "{}"},
      {Feature::user_profile, refused, account, ""},
      {Feature::workspace, refused, account, ""},
      {Feature::safeguards, dropped, "never shown to another vendor", "[]"},
      {Feature::tags, dropped, "labels", "{}"},
  };
  return all;
}

Treatments responses_table(std::string_view refusal) {
  constexpr std::string_view limit = "max_output_tokens, 16 at least", cache = "caches only";
  return others().with({
      {Feature::model, mapped, "model", ""},
      {Feature::messages, mapped, "input", ""},
      {Feature::system, mapped, "the first item of input", ""},
      {Feature::stream, mapped, "stream", ""},
      {Feature::stream_options, mapped, "usage always comes", ""},
      {Feature::output_limit, mapped, limit, ""},
      {Feature::output_limit_old, mapped, limit, ""},
      {Feature::temperature, mapped, "temperature", ""},
      {Feature::top_p, mapped, "top_p", ""},
      {Feature::tools, mapped, "tools, flat", ""},
      {Feature::tool_choice, mapped, "tool_choice; allowed_tools by leaving out the others", ""},
      {Feature::parallel, mapped, "parallel_tool_calls", ""},
      {Feature::functions, mapped, "tools; answered with function_call", ""},
      {Feature::function_call, mapped, "tool_choice", ""},
      {Feature::format, mapped, "text.format", "", words::format},
      {Feature::effort, mapped, "reasoning.effort, by the model's rule", "", words::effort},
      {Feature::search_options, mapped, "the tool web_search", "", words::search},
      {Feature::user, mapped, "user", ""},
      {Feature::service_tier, mapped, "service_tier", ""},
      {Feature::cache_key, mapped, "prompt_cache_key", ""},
      {Feature::cache_retention, dropped, cache, "", words::retention},
      {Feature::cache_options, dropped, cache, ""},
      {Feature::metadata, dropped, "a note for the provider's own lists", "{}"},
      {Feature::safety_identifier, dropped, "has no place there", ""},
      {Feature::seed, dropped, "best effort only", ""},
      {Feature::store, dropped, "nothing is kept at the provider", "false"},
      {Feature::prediction, dropped, "makes answers faster, not other", "", words::prediction},
      {Feature::verbosity, dropped, "a wish about style", "", words::verbosity},
      {Feature::choices, refused, refusal, "1"},
      {Feature::stop, mapped, "the gateway ends the answer before it", "[]|\"\"|[\"\"]"},
      {Feature::frequency_penalty, waived, refusal, "0"},
      {Feature::presence_penalty, waived, refusal, "0"},
      {Feature::top_k, waived, refusal, ""},
      {Feature::min_p, waived, refusal, "0"},
      {Feature::repetition_penalty, waived, refusal, "1"},
      {Feature::logit_bias, refused, refusal, "{}"},
      {Feature::logprobs, refused, refusal, "false"},
      {Feature::top_logprobs, refused, refusal, "0"},
      {Feature::modalities, refused, refusal, "[]|[\"text\"]"},
      {Feature::audio_out, refused, refusal, ""},
  });
}

}  // namespace tsg::providers
