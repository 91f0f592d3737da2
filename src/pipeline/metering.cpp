#include "pipeline/metering.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <numeric>

namespace tsg::pipeline {
namespace {

using catalog::Usage;

// Until a provider has noticed that nobody reads any more.
constexpr std::chrono::milliseconds kNoticed{500};
// A provider's limits change before the catalogue does: a count is doubted beyond twice what it says.
constexpr std::int64_t kDoubt = 2;
// Where the catalogue does not say: more than any model that is sold.
constexpr std::int64_t kWindowMost = 10'000'000, kOutputMost = 1'000'000;
// Of a model that searches at will.
constexpr std::int64_t kStepsMost = 64, kCallsMost = 10'000;
constexpr std::int64_t kSearchesAssumed = 10;

std::int64_t choices_of(Expected const& e) noexcept {
  return std::max<std::int64_t>(1, e.asked.n);
}

// What the target produces at most; the request's own bound where the catalogue does not say.
std::int64_t output_most(Expected const& e) noexcept {
  auto const* model = e.model;
  if (model && model->max_output_tokens) return saturated_mul(*model->max_output_tokens, choices_of(e));
  if (model && model->context_window) return saturated_mul(*model->context_window, choices_of(e));
  return saturated_mul(kOutputMost, choices_of(e));
}

// What it reads at most: one context, and one more for each call of a tool at the provider, made or possible.
std::int64_t input_most(Expected const& e, std::int64_t calls) noexcept {
  auto const* model = e.model;
  auto const& bound = e.bound;
  auto const window = model && model->context_window ? *model->context_window : kWindowMost;
  constexpr std::int64_t texts_most = 2'048;  // of one request for embeddings, each with a window of its own
  if (e.asked.operation != conversation::Operation::chat) return saturated_mul(window, texts_most);
  if (!bound.unbounded.empty()) return saturated_mul(window, kStepsMost);
  auto const read = saturated_mul(window, std::min(calls, kStepsMost - 1) + 1);
  bool const searches = bound.input_tokens > e.input_bound;
  return searches ? std::max(read, bound.input_tokens) : read;
}

std::int64_t calls_most(Expected const& e) noexcept {
  auto const& bound = e.bound;
  return bound.unbounded.empty() && bound.searches > 0 ? saturated_mul(bound.searches, kStepsMost)
                                                       : kCallsMost;
}

bool counts_fit(Expected const& e, Usage const& u) noexcept {
  std::array const tokens{u.input,          u.cached_input,    u.cache_write_5m, u.cache_write_30m,
                          u.cache_write_1h, u.cache_write_12h, u.input_audio,    u.cached_input_audio,
                          u.input_image,    u.output,          u.reasoning,      u.output_audio,
                          u.output_image,   u.citation};
  std::array const calls{u.web_searches, u.x_searches,       u.file_searches, u.code_executions,
                         u.url_fetches,  u.other_tool_calls, u.requests};
  // One by one first, so that the sums below fit.
  auto const counts = [](std::int64_t n) { return n >= 0 && n <= std::int64_t{1} << 40; };
  if (!std::ranges::all_of(tokens, counts) || !std::ranges::all_of(calls, counts)) return false;
  auto const most = calls_most(e);
  auto const made = std::accumulate(calls.begin(), calls.end() - 1, std::int64_t{0});
  return u.input_total() <= saturated_mul(kDoubt, input_most(e, made)) &&
         u.output_total() <= saturated_mul(kDoubt, output_most(e)) && u.citation <= kWindowMost &&
         std::ranges::all_of(calls, [most](std::int64_t n) { return n <= most; });
}

// The provider's own figures, where there is something to judge them by.
bool figures_fit(Expected const& e, Usage const& u) noexcept {
  for (auto const& figure : {u.reported_cost, u.reported_fees})
    if (figure && figure->v < 0) return false;
  auto const& bound = e.bound;
  if (!(u.reported_cost || u.reported_fees) || !bound.hold || !e.model) return true;
  auto counted = u;
  counted.reported_cost.reset();
  counted.reported_fees.reset();
  auto const list = catalog::price(*e.model, counted, e.time);
  auto const judge = std::max(*bound.hold, list ? list->total : Nano{});
  auto const most = Nano{saturated_mul(8, judge.v)};
  return u.reported_cost.value_or(Nano{}) <= most && u.reported_fees.value_or(Nano{}) <= most;
}

std::int64_t bounded(Expected const& e, std::int64_t tokens) {
  return std::min({tokens, e.bound.output_tokens, output_most(e)});
}

// Unknown until the answer tells it: what was asked for, unless that is a cheaper one.
std::string tier_asked(Expected const& e) {
  auto const& asked = e.asked.service_tier;
  bool const dearer = asked == "priority" || asked == "fast";
  return dearer ? asked : std::string{};
}

// What is charged for a call as such.
void add_fees(Expected const& e, Usage& usage) {
  auto const* model = e.model;
  if (model == nullptr) return;
  auto const rule = model->rules.find("search");
  auto const search = rule == model->rules.end() ? std::string_view{} : std::string_view{rule->second};
  if (std::ranges::any_of(model->fees, [](auto const& fee) { return fee.first.starts_with("request_"); })) {
    usage.requests = 1;
    usage.search_context = e.asked.search_context;
    if (usage.search_context.empty() && search == R"("per_request")") usage.search_context = "medium";
  }
  if (search == R"("forced")") usage.web_searches = 1;
}

}  // namespace

bool plausible(Expected const& e, Usage const& u) noexcept {
  constexpr std::size_t beside_most = 1'000;
  return !u.invalid && counts_fit(e, u) && figures_fit(e, u) && u.beside.size() <= beside_most &&
         std::ranges::all_of(u.beside, [&e](Usage const& b) { return !b.invalid && counts_fit(e, b); });
}

bool may_hide(Expected const& e, bool may_think) noexcept {
  if (e.asked.operation != conversation::Operation::chat) return false;
  auto const* model = e.model;
  // What a provider serves under a name that it has retired is its own choice, and may think.
  bool const known = model && model->capabilities.told && model->status != catalog::Status::retired;
  if (may_think && (!known || model->capabilities.reasoning)) return true;
  auto const& bound = e.bound;
  return bound.searches > 0 || bound.input_tokens > e.input_bound || !bound.unbounded.empty();
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

Usage estimate_of_seen(Expected const& e, std::int64_t output_bytes, std::int64_t under_way) {
  Usage usage;
  usage.input = e.input_bound;
  usage.output = bounded(e, saturated_add(output_bytes, under_way));
  usage.service_tier = tier_asked(e);
  add_fees(e, usage);
  return usage;
}

Usage bound_of_answer(Expected const& e) {
  auto usage = estimate_of_seen(e, INT64_MAX);
  auto const& bound = e.bound;
  if (usage.output == INT64_MAX) usage.output = e.output_default;
  usage.input = std::max(usage.input, bound.input_tokens);  // with what it may have found
  usage.web_searches = std::max(usage.web_searches, bound.searches);
  if (bound.unbounded.empty()) return usage;
  auto const* model = e.model;
  usage.input = std::max(usage.input, model && model->context_window ? *model->context_window : 0);
  usage.web_searches = std::max(usage.web_searches, kSearchesAssumed);
  return usage;
}

Usage estimate_of_running(Expected const& e, Usage running, std::int64_t under_way) {
  running.output = std::max(running.output, bounded(e, saturated_add(running.output, under_way)));
  running.reported = false;
  running.reported_cost.reset();  // it was of the same moment
  return running;
}

}  // namespace tsg::pipeline
