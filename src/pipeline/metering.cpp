#include "pipeline/metering.hpp"

#include <algorithm>
#include <array>
#include <chrono>

namespace tsg::pipeline {
namespace {

using catalog::Usage;

constexpr std::int64_t kMost = std::int64_t{1} << 40;
// Until a provider has noticed that nobody reads any more.
constexpr std::chrono::milliseconds kNoticed{500};

std::int64_t bounded(RequestContext const& ctx, std::int64_t tokens) {
  auto const bound = ctx.target < ctx.bounds.size() ? ctx.bounds[ctx.target].output_tokens : INT64_MAX;
  return std::min(tokens, bound);
}

// What is charged for a call as such.
void add_fees(RequestContext const& ctx, Usage& usage) {
  auto const* model = ctx.plan.targets[ctx.target].model;
  if (model == nullptr) return;
  auto const rule = model->rules.find("search");
  auto const search = rule == model->rules.end() ? std::string_view{} : std::string_view{rule->second};
  if (std::ranges::any_of(model->fees, [](auto const& fee) { return fee.first.starts_with("request_"); })) {
    usage.requests = 1;
    if (ctx.chat) usage.search_context = ctx.chat->search_context;
    if (usage.search_context.empty() && search == R"("per_request")") usage.search_context = "medium";
  }
  if (search == R"("forced")") usage.web_searches = 1;
}

}  // namespace

bool plausible(Usage const& u) noexcept {
  std::array const counts{u.input,          u.cached_input,    u.cache_write_5m, u.cache_write_30m,
                          u.cache_write_1h, u.cache_write_12h, u.input_audio,    u.cached_input_audio,
                          u.input_image,    u.output,          u.reasoning,      u.output_audio,
                          u.output_image,   u.citation,        u.web_searches,   u.x_searches,
                          u.file_searches,  u.code_executions, u.url_fetches,    u.other_tool_calls,
                          u.requests};
  for (auto const n : counts)
    if (n < 0 || n > kMost) return false;
  return !u.invalid && (!u.reported_cost || u.reported_cost->v >= 0);
}

std::int64_t OutputCount::under_way(SteadyTime now) const noexcept {
  using std::chrono::milliseconds;
  constexpr std::int64_t least = 16, likely_bytes = 4;  // a token
  auto const waited = std::chrono::duration_cast<milliseconds>(waited_).count();
  if (waited <= 0) return kUnderWay;
  auto const tokens = std::max(by_events_, bytes_ / likely_bytes);
  auto const unread = std::chrono::duration_cast<milliseconds>(now - read_at_) + kNoticed;
  if (tokens >= kUnderWay * waited) return kUnderWay;  // and no product below is too large
  return std::clamp(tokens * std::min<std::int64_t>(unread.count(), 3'600'000) / waited, least, kUnderWay);
}

Usage estimate_of_stream(RequestContext const& ctx, std::int64_t output_bytes, std::int64_t under_way) {
  Usage usage;
  usage.input = ctx.input_bound;
  usage.output = bounded(ctx, output_bytes + under_way);
  add_fees(ctx, usage);
  return usage;
}

Usage estimate_of_answer(RequestContext const& ctx, std::optional<std::int64_t> output_bytes) {
  Usage usage;
  usage.input = ctx.input_bound;
  usage.output = bounded(ctx, output_bytes.value_or(INT64_MAX));
  if (usage.output == INT64_MAX) usage.output = ctx.runtime->config.limits.output_tokens_default;
  add_fees(ctx, usage);
  if (ctx.target < ctx.bounds.size()) {  // with what it may have found
    auto const& bound = ctx.bounds[ctx.target];
    usage.input = std::max(usage.input, bound.input_tokens);
    usage.web_searches = std::max(usage.web_searches, bound.searches);
  }
  return usage;
}

Usage estimate_of_running(RequestContext const& ctx, Usage running, std::int64_t under_way) {
  running.output = std::max(running.output, bounded(ctx, running.output + under_way));
  running.reported = false;
  running.reported_cost.reset();  // it was of the same moment
  return running;
}

}  // namespace tsg::pipeline
