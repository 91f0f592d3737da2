#include "pipeline/cost_bound.hpp"

#include <algorithm>

namespace tsg::pipeline {
namespace {

std::int64_t times(std::int64_t tokens, std::int64_t n) noexcept {
  std::int64_t total = 0;
  return __builtin_mul_overflow(tokens, n, &total) ? INT64_MAX : total;
}

// Whether it is asked to search or does so by itself: fees, and text that is billed as input.
providers::Searches searches_of(routing::Target const& target, providers::ChatRequest const& request) {
  auto const* adapter = &target.provider->dialect->adapter();
  if (!target.model) return {};
  providers::EncodeContext context;
  context.model = context.family = target.model;
  context.api = config::to_string(target.provider->api);
  return adapter->searches(request, context);
}

// Each step reads the prompt, what steps before it wrote, and what they found: never more than its context.
std::int64_t input_with(providers::Searches const& searches, std::optional<std::int64_t> window,
                        std::int64_t prompt, std::int64_t output) {
  if (searches.calls == 0) return prompt;
  auto const contexts = window ? times(*window, searches.steps) : INT64_MAX;
  if (searches.tokens == providers::Searches::any) return contexts;
  std::int64_t each = 0, total = 0;
  auto const found = times(searches.tokens, times(searches.calls, searches.calls + 1) / 2);
  if (__builtin_add_overflow(prompt, output, &each) ||
      __builtin_add_overflow(times(each, searches.steps), found, &total))
    return contexts;
  return std::min(total, contexts);
}

// Bound of everything but the limit that goes upstream. `searches` are those of this target.
TargetBound bound_at(routing::Target const& target, providers::Searches const& searches, BoundInput const& in,
                     std::int64_t output_tokens, std::string_view tier) {
  TargetBound out;
  out.output_tokens = output_tokens;
  out.input_tokens = in.input_tokens;
  out.unbounded = searches.unbounded;
  if (!target.model || !out.unbounded.empty()) return out;
  out.input_tokens = input_with(searches, target.model->context_window, in.input_tokens, output_tokens);
  out.searches = searches.by_request ? 0 : searches.calls;
  if (out.input_tokens == INT64_MAX) {
    out.unbounded =
        "the model searches the web, and the size of its context is not known. Choose another model, or use "
        "a "
        "key without a budget";
    return out;
  }
  catalog::Bound bound;
  bound.input_tokens = out.input_tokens;
  bound.web_searches = out.searches;
  bound.output_tokens = output_tokens;
  bound.service_tier = tier;
  out.hold = catalog::hold_bound(*target.model, bound, in.time);
  return out;
}

// Does the dialect leave the tier out? Then nobody asked for it.
bool drops_tier(routing::Target const& target, providers::ChatRequest const& request) {
  using conversation::Feature;
  providers::EncodeContext context;
  context.model = context.family = target.model;
  context.upstream_model = target.upstream_model;
  context.api = config::to_string(target.provider->api);
  auto const* table = target.provider->dialect->adapter().treatments(request, context);
  return table && leaves_out((*table)[Feature::service_tier], request.said(Feature::service_tier));
}

// Unsaid, the provider chooses: an account's default may be its dearest tier. Whether one that has no price
// is sent at all is only looked at where it would refuse the request.
std::string tier_of(routing::Target const& target, providers::ChatRequest const& request,
                    providers::Searches const& searches, BoundInput const& in) {
  if (request.service_tier.empty()) return "auto";
  bool const priced = bound_at(target, searches, in, 1, request.service_tier).hold.has_value();
  return priced || !drops_tier(target, request) ? request.service_tier : "auto";
}

}  // namespace

TargetBound bound_of(routing::Target const& target, providers::ChatRequest const& request,
                     BoundInput const& in) {
  std::optional<std::int64_t> limit;
  std::int64_t each = 0;
  auto const model_max = target.model ? target.model->max_output_tokens : std::nullopt;
  if (in.embeddings) {
    each = 0;
  } else if (request.max_tokens) {
    limit = each = *request.max_tokens;  // the client's own, or lowered by policy: then it must go upstream
  } else if (in.budgeted) {
    limit = each = std::min(model_max.value_or(INT64_MAX), in.output_default);
  } else {
    each = model_max.value_or(in.output_default);  // nothing is sent, so the model's own limit is the bound
  }
  auto const searches = searches_of(target, request);
  auto out = bound_at(target, searches, in, times(each, request.n), tier_of(target, request, searches, in));
  out.output_limit = limit;
  return out;
}

bool tier_unpriced(routing::Target const& target, providers::ChatRequest const& request,
                   BoundInput const& in) {
  if (request.service_tier.empty() || bound_of(target, request, in).hold) return false;
  return bound_at(target, searches_of(target, request), in, 1, "default").hold.has_value();
}

std::optional<TargetBound> lowered_to(Nano room, routing::Target const& target,
                                      providers::ChatRequest const& request, BoundInput const& in) {
  if (in.embeddings) return std::nullopt;
  auto const asked = bound_of(target, request, in);
  if (!asked.hold) return std::nullopt;
  auto const searches = searches_of(target, request);
  auto const tier = tier_of(target, request, searches, in);
  auto const n = std::max<std::int64_t>(1, request.n);
  auto const with = [&](std::int64_t each) { return bound_at(target, searches, in, times(each, n), tier); };
  auto const fits = [&](std::int64_t each) {
    auto const hold = with(each).hold;
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
  auto out = with(low);
  out.output_limit = low;
  return out;
}

}  // namespace tsg::pipeline
