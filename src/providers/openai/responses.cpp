#include "providers/openai/responses.hpp"

#include <algorithm>
#include <array>

#include "providers/rules.hpp"
#include "providers/table.hpp"
#include "tsg/conversation/feature.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::providers::openai {
namespace {

using conversation::Feature;

constexpr std::string_view kToChat =
    "has no place in the Responses API: leave it out, or let the instance say api: chat";

Treatments treatments() {
  using enum Fate;
  return responses_table(kToChat).with({
      {Feature::tool_choice, mapped, "tool_choice, flat", ""},
      // Its own words, the newest among them, are its own to judge.
      {Feature::effort, mapped, "reasoning.effort", ""},
      {Feature::search_options, mapped, "the tool web_search", "", "user_location.type:approximate"},
      {Feature::verbosity, mapped, "text.verbosity", ""},
      {Feature::logprobs, mapped, "include", "false"},
      {Feature::top_logprobs, mapped, "top_logprobs", "0"},
      {Feature::metadata, mapped, "metadata", ""},
      {Feature::safety_identifier, mapped, "safety_identifier", ""},
      {Feature::cache_retention, mapped, "prompt_cache_retention", ""},
      {Feature::cache_options, mapped, "prompt_cache_options", ""},
      {Feature::moderation, mapped, "moderation", ""},
      {Feature::calls_most, mapped, "max_tool_calls", ""},
  });
}
constexpr std::array<std::string_view, 11> kCopied{"temperature",
                                                   "top_p",
                                                   "service_tier",
                                                   "metadata",
                                                   "user",
                                                   "safety_identifier",
                                                   "prompt_cache_key",
                                                   "prompt_cache_retention",
                                                   "prompt_cache_options",
                                                   "moderation",
                                                   "max_tool_calls"};

responses::Search search(ChatRequest const& request, EncodeContext const&) {
  responses::Search out;
  out.tool = web_search_tool(request);
  return out;
}

responses::Flavour make() {
  static auto const table = treatments();
  responses::Flavour f;
  f.dialect = "openai";
  f.treatments = &table;
  f.copied = kCopied;
  f.bills_tool_items = true;
  f.own_words = true;
  f.logprobs = true;
  f.search = &search;
  return f;
}

bool once_per_answer(catalog::Model const* model) {
  return Rules{model}.text("search", "") == "per_request";
}

// Chat has web search for the models that are made for it only (§1.2). Other servers' models are not
// OpenAI's.
bool searches_on_responses(catalog::Model const* model) {
  return model && model->provider == "openai" && model->capabilities.web_search && !once_per_answer(model);
}

// Whether an id that is not listed is one of OpenAI's: the dialect also serves servers with models of others,
// "gpt-oss-120b" among them, which know nothing but chat.
bool looks_like_openai(std::string_view id) noexcept {
  return id.size() > 4 && id.starts_with("gpt-") && id[4] >= '0' && id[4] <= '9';
}

}  // namespace

responses::Flavour const& responses_flavour() {
  static auto const flavour = make();
  return flavour;
}

std::string web_search_tool(ChatRequest const& request) {
  auto const raw = request.said(Feature::search_options);
  if (raw.empty()) return {};
  auto const options = RawNode::parse(raw);
  if (!options) return {};
  std::string out;
  json::Writer w{out};
  w.begin_object().key("type").string("web_search");
  if (is_string((*options)["search_context_size"]))
    w.key("search_context_size").raw((*options)["search_context_size"]);
  auto const location = options->child("user_location");
  if (auto const where = location.child("approximate"); !where.empty()) {  // flat here
    w.key("user_location").begin_object().key("type").string("approximate");
    for (auto const& part : where.members()) w.key(part.key).raw(where.raw(part));
    w.end_object();
  }
  w.end_object();
  return out;
}

Searches searches(ChatRequest const& request, EncodeContext const& context) {
  auto const wire = choose_api(request, context);
  if (!wire) return {};
  bool const others = std::ranges::any_of(request.offered, [](conversation::Tool const& t) {
    return t.kind == conversation::Tool::Kind::hosted && !t.type.starts_with("web_search");
  });
  if (others)
    return Searches::unlimited(
        "what a tool that runs at the provider brings in is not known. Leave it out, or use a key without a "
        "budget");
  if (*wire == Wire::chat && once_per_answer(context.family)) {
    Searches once{1, 1};
    once.by_request = true;
    return once;
  }
  if (!request.server_tools) return {};
  auto const calls = count_of(request.said(Feature::calls_most));
  if (*wire == Wire::responses && calls) return {*calls, *calls + 1};
  return Searches::unlimited(
      "the model searches the web as often as it likes. Limit it by 'max_tool_calls' on a model of OpenAI's "
      "Responses API, choose a model that searches once (gpt-4o-search-preview), or use a key without a "
      "budget");
}

Result<Wire> choose_api(ChatRequest const& request, EncodeContext const& context) {
  if (context.api == "responses") return Wire::responses;
  if (context.model && context.model->mode == catalog::Mode::responses) {
    if (context.api != "chat") return Wire::responses;
    return Error{
        Errc::unsupported_parameter,
        "This model is served by the provider's Responses API only, and the instance says api: chat.",
        "model"};
  }
  if (context.api == "chat") return Wire::chat;
  if (request.server_tools && searches_on_responses(context.model)) return Wire::responses;
  if (!request.tools) return Wire::chat;
  auto const* model = context.model;
  if (!model && looks_like_openai(context.upstream_model)) model = context.family;
  auto const rule = Rules{model}.text("tools_on_chat", "");
  if (rule == "never" || (rule == "without_reasoning" && request.reasoning_effort != "none"))
    return Wire::responses;
  return Wire::chat;
}

}  // namespace tsg::providers::openai
