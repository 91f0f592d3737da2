// GET /v1/usage: the key's own numbers since the month began, and every budget it is held to.
#include "pipeline/budget_levels.hpp"
#include "pipeline/endpoints.hpp"
#include "tsg/core/money.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::pipeline {
namespace {

void write_budget(json::Writer& w, store::BudgetRef const& level, store::BudgetState const& now) {
  Nano const left = std::max(Nano{0}, level.limit - now.settled - now.held);
  w.begin_object().key("scope").string(level.scope).key("scope_id").string(level.scope_id);
  if (!level.environment.empty()) w.key("environment").string(level.environment);
  w.key("limit").string(to_usd(level.limit)).key("settled").string(to_usd(now.settled));
  w.key("held").string(to_usd(now.held)).key("remaining").string(to_usd(left));
  w.key("resets_at").string(to_rfc3339(WallTime{level.window_end_ms * 1'000'000})).end_object();
}

void write_limit(json::Writer& w, governance::AttachedLimit const& limit) {
  w.begin_object().key("scope").string(to_string(limit.at.level)).key("scope_id").string(limit.at.id);
  if (!limit.at.environment.empty()) w.key("environment").string(limit.at.environment);
  for (auto const& [name, value] : {std::pair{"requests_per_minute", limit.value.requests_per_minute},
                                    {"input_tokens_per_minute", limit.value.input_tokens_per_minute},
                                    {"output_tokens_per_minute", limit.value.output_tokens_per_minute},
                                    {"concurrency", limit.value.concurrency}})
    if (value) w.key(name).integer(*value);
  w.end_object();
}

}  // namespace

Task<std::string> own_usage(store::Store& store, Runtime const& runtime, Caller const& caller, WallTime now) {
  auto const month = window_of(runtime, now);
  WallTime const start{month.start_ms * 1'000'000}, end{month.end_ms * 1'000'000};
  auto totals = co_await store.key_totals(caller.key->id, start);
  if (!totals) co_return totals.error();
  auto levels = budget_levels(caller.levels, month, now);
  auto const asked = levels;
  auto states = co_await store.budgets(std::move(levels));
  if (!states) co_return states.error();
  std::string out;
  json::Writer w{out};
  w.begin_object().key("key_id").string(caller.key->id).key("window").begin_object();
  w.key("start").string(to_rfc3339(start)).key("end").string(to_rfc3339(end)).end_object();
  w.key("requests").integer(totals->requests);
  w.key("input_tokens").integer(totals->input_tokens).key("output_tokens").integer(totals->output_tokens);
  w.key("cost_usd").raw(to_usd(totals->settled));
  w.key("budgets").begin_array();
  for (std::size_t i = 0; i < asked.size(); ++i) write_budget(w, asked[i], (*states)[i]);
  w.end_array().key("limits").begin_array();
  caller.levels.each_limit([&](auto const& limit) { write_limit(w, *limit); });
  w.end_array().end_object();
  co_return out;
}

}  // namespace tsg::pipeline
