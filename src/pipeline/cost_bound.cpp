#include "pipeline/cost_bound.hpp"

#include <algorithm>

namespace tsg::pipeline {
namespace {

std::int64_t times(std::int64_t tokens, std::int64_t n) noexcept {
  std::int64_t total = 0;
  return __builtin_mul_overflow(tokens, n, &total) ? INT64_MAX : total;
}

// The model searches before it answers, whether asked to or not: fees and text of unknown size (BUD-3).
bool always_searches(routing::Target const& target, providers::ChatRequest const& request) {
  if (!target.model) return false;
  auto const rule = target.model->rules.find("search");
  if (rule == target.model->rules.end() || rule->second != R"("forced")") return false;
  auto const* off = request.document.find("disable_search");
  return !off || request.document.raw(off->value) != "true";
}

std::optional<Nano> hold_for(routing::Target const& target, providers::ChatRequest const& request,
                             BoundInput const& in, std::int64_t output_tokens) {
  if (!target.model) return std::nullopt;
  catalog::Bound bound;
  bound.input_tokens = in.input_tokens;
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
  out.unbounded = always_searches(target, request);
  if (!out.unbounded) out.hold = hold_for(target, request, in, out.output_tokens);
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
