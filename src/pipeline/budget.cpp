// Prices the plan and prepares the hold: an upper bound of what the request can cost (BUD-3). Writes nothing:
// the next stage commits claim and hold together.
#include "pipeline/chain.hpp"
#include "pipeline/window.hpp"
#include "tsg/core/money.hpp"
#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {
namespace {

// Output tokens at most, over all choices. With a budget the bound must hold, so it is sent upstream.
std::int64_t output_bound(RequestContext& ctx, bool budgeted) {
  if (ctx.operation == providers::Operation::embeddings) return 0;
  auto const& chat = *ctx.chat;
  auto const* model = ctx.plan.targets.front().model;
  std::int64_t const model_max = model ? model->max_output_tokens.value_or(INT64_MAX) : INT64_MAX;
  std::int64_t bound = 0;
  if (chat.max_tokens) {
    bound = *chat.max_tokens;
  } else {
    bound = std::min(model_max, ctx.runtime->config.limits.output_tokens_default);
    if (budgeted)
      ctx.output_limit = bound;
    else
      bound = model_max == INT64_MAX ? bound
                                     : model_max;  // nothing is sent, so the model's own limit is the bound
  }
  std::int64_t total = 0;
  return __builtin_mul_overflow(bound, chat.n, &total) ? INT64_MAX : total;
}

class Budget final : public Middleware {
 public:
  std::string_view name() const noexcept override { return "budget"; }

  Task<> handle(RequestContext& ctx, Next next) override {
    auto prepared = prepare(ctx);
    if (!prepared) co_return prepared.error();
    co_return co_await next(ctx);
  }

 private:
  static Result<> prepare(RequestContext& ctx) {
    auto const& target = ctx.plan.targets.front();
    bool const budgeted = !ctx.key->monthly_budget_usd.empty();

    auto const input = providers::input_bound(*ctx.chat);
    ctx.input_bound = input.tokens.value_or(static_cast<std::int64_t>(ctx.chat->document.text().size()));
    if (budgeted && !input.tokens)
      return Error{Errc::unbounded_cost,
                   "The cost of this request has no upper bound: " + input.why_unbounded};

    auto& admission = ctx.admission;
    admission.request_id = ctx.id;
    admission.time = ctx.time;
    admission.key_id = ctx.key->id;
    admission.org = ctx.key->org;
    admission.team = ctx.key->team;
    admission.environment = ctx.key->environment;
    admission.provider = target.provider->id;
    admission.model = target.upstream_model;

    catalog::Bound bound;
    bound.input_tokens = ctx.input_bound;
    bound.output_tokens = output_bound(ctx, budgeted);
    bound.service_tier = ctx.chat->service_tier;
    if (target.model) admission.hold = catalog::hold_bound(*target.model, bound, ctx.time);
    if (!budgeted) return boost::system::in_place_value;

    if (!admission.hold) return Error{Errc::model_unpriced};
    auto const limit = parse_usd(ctx.key->monthly_budget_usd);
    if (!limit) return Error{Errc::internal}.log("the key's monthly budget is not a decimal");
    store::BudgetRef level;
    level.scope = "key";
    level.scope_id = ctx.key->id;
    level.limit = *limit;
    auto const window = month_of(ctx.time);
    level.window_start_ms = window.start_ms;
    level.window_end_ms = window.end_ms;
    admission.budgets.push_back(std::move(level));
    return boost::system::in_place_value;
  }
};

}  // namespace

std::unique_ptr<Middleware> make_budget() {
  return std::make_unique<Budget>();
}

}  // namespace tsg::pipeline
