#include "pipeline/cost_bound.hpp"

#include <algorithm>

namespace tsg::pipeline {
namespace {

std::int64_t times(std::int64_t tokens, std::int64_t n) noexcept {
  std::int64_t total = 0;
  return __builtin_mul_overflow(tokens, n, &total) ? INT64_MAX : total;
}

// The model searches before it answers, whether asked to or not: fees, and text that is billed as input.
std::optional<providers::Searches> searches_of(routing::Target const& target,
                                               providers::ChatRequest const& request) {
  auto const* adapter = providers::adapter_for(config::to_string(target.provider->dialect));
  return adapter ? adapter->searches(request, target.model) : providers::Searches{};
}

// Each step reads the prompt, what steps before it wrote, and what they found.
std::int64_t input_with(providers::Searches const& searches, std::int64_t prompt, std::int64_t output) {
  if (searches.calls == 0) return prompt;
  std::int64_t each = 0, total = 0;
  auto const found = times(searches.tokens, searches.calls * (searches.calls + 1) / 2);
  if (__builtin_add_overflow(prompt, output, &each) ||
      __builtin_add_overflow(times(each, searches.calls + 1), found, &total))
    return INT64_MAX;
  return total;
}

std::optional<Nano> hold_for(routing::Target const& target, providers::ChatRequest const& request,
                             BoundInput const& in, std::int64_t output_tokens) {
  if (!target.model) return std::nullopt;
  auto const searches = searches_of(target, request);
  if (!searches) return std::nullopt;
  catalog::Bound bound;
  bound.input_tokens = input_with(*searches, in.input_tokens, output_tokens);
  bound.web_searches = searches->calls;
  bound.output_tokens = output_tokens;
  // Unsaid, the provider chooses: an account's default may be its dearest tier.
  bound.service_tier = request.service_tier.empty() ? "auto" : request.service_tier;
  return catalog::hold_bound(*target.model, bound, in.time);
}

}  // namespace

TargetBound bound_of(routing::Target const& target, providers::ChatRequest const& request,
                     BoundInput const& in) {
  TargetBound out;
  std::int64_t each = 0;
  auto const model_max = target.model ? target.model->max_output_tokens : std::nullopt;
  if (in.embeddings) {
    each = 0;
  } else if (request.max_tokens) {
    each = *request.max_tokens;  // the client's own, or lowered by policy: then it must go upstream
    out.output_limit = each;
  } else if (in.budgeted) {
    each = std::min(model_max.value_or(INT64_MAX), in.output_default);
    out.output_limit = each;
  } else {
    each = model_max.value_or(in.output_default);  // nothing is sent, so the model's own limit is the bound
  }
  out.output_tokens = times(each, request.n);
  out.unbounded = !searches_of(target, request);
  out.hold = hold_for(target, request, in, out.output_tokens);
  return out;
}

std::optional<TargetBound> lowered_to(Nano room, routing::Target const& target,
                                      providers::ChatRequest const& request, BoundInput const& in) {
  if (in.embeddings) return std::nullopt;
  auto const asked = bound_of(target, request, in);
  if (!asked.hold) return std::nullopt;
  auto const n = std::max<std::int64_t>(1, request.n);
  auto const fits = [&](std::int64_t each) {
    auto const hold = hold_for(target, request, in, times(each, n));
    return hold && *hold <= room;
  };
  std::int64_t low = 0, high = asked.output_tokens / n;  // the bound grows with the output: bisect
  while (low < high) {
    auto const middle = low + (high - low + 1) / 2;
    if (fits(middle))
      low = middle;
    else
      high = middle - 1;
  }
  if (low < 1) return std::nullopt;
  TargetBound out;
  out.output_limit = low;
  out.output_tokens = times(low, n);
  out.hold = hold_for(target, request, in, out.output_tokens);
  return out;
}

}  // namespace tsg::pipeline
