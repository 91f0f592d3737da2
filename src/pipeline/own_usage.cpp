// GET /v1/usage: the key's own numbers since the month began (UTC).
#include "pipeline/endpoints.hpp"
#include "pipeline/window.hpp"
#include "tsg/core/money.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::pipeline {

Task<std::string> own_usage(RequestContext& ctx) {
  auto const month = month_of(ctx.time);
  WallTime const start{month.start_ms * 1'000'000}, end{month.end_ms * 1'000'000};
  auto totals = co_await ctx.services.store.key_totals(ctx.key->id, start);
  if (!totals) co_return totals.error();
  std::string out;
  json::Writer w{out};
  w.begin_object().key("key_id").string(ctx.key->id);
  w.key("window")
      .begin_object()
      .key("start")
      .string(to_rfc3339(start))
      .key("end")
      .string(to_rfc3339(end))
      .end_object();
  w.key("requests").integer(totals->requests);
  w.key("input_tokens").integer(totals->input_tokens).key("output_tokens").integer(totals->output_tokens);
  w.key("cost_usd").raw(to_usd(totals->settled));
  w.key("budgets").begin_array();
  if (auto const limit = parse_usd(ctx.key->monthly_budget_usd)) {
    Nano const left = std::max(Nano{0}, *limit - totals->settled - totals->held);
    w.begin_object().key("scope").string("key").key("scope_id").string(ctx.key->id);
    w.key("limit").string(to_usd(*limit)).key("settled").string(to_usd(totals->settled));
    w.key("held").string(to_usd(totals->held)).key("remaining").string(to_usd(left));
    w.key("resets_at").string(to_rfc3339(end)).end_object();
  }
  w.end_array().key("limits").begin_array().end_array().end_object();
  co_return out;
}

}  // namespace tsg::pipeline
