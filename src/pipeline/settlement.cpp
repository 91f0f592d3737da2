#include "pipeline/settlement.hpp"

#include <spdlog/spdlog.h>

#include "tsg/pipeline/handler.hpp"
#include "tsg/pipeline/metrics.hpp"

namespace tsg::pipeline {
namespace {

void finish_record(RequestContext& ctx, int status, std::string_view code) {
  auto& r = ctx.record;
  r.status = status;
  r.code = code;
  r.catalog_version = ctx.runtime->catalog->version();
  auto const total = ctx.services.clock.steady() - ctx.http.started_at();
  r.latency_total_us = std::chrono::duration_cast<std::chrono::microseconds>(total).count();
}

}  // namespace

std::optional<catalog::Cost> price_of(RequestContext const& ctx, catalog::Usage const& usage) {
  auto const* model = ctx.plan.targets[ctx.target].model;
  if (!model) {
    if (!usage.reported_cost) return std::nullopt;
    catalog::Cost cost;
    cost.total = *usage.reported_cost;
    return cost;
  }
  return catalog::price(*model, usage, ctx.time);
}

catalog::Usage estimate(RequestContext const& ctx, std::int64_t output_bytes) {
  catalog::Usage usage;
  usage.input = ctx.input_bound;
  usage.output = output_bytes;
  return usage;
}

Task<> settle(RequestContext& ctx, Outcome outcome) {
  ctx.settled = true;
  auto const& target = ctx.plan.targets[ctx.target];
  store::Settlement s;
  s.hold_id = ctx.hold.id();
  s.release = outcome.release;
  s.provider = target.provider->id;
  s.model = ctx.record.model_served.empty() ? target.upstream_model : ctx.record.model_served;
  s.price_version = ctx.runtime->catalog->version();

  auto& r = ctx.record;
  r.verdict = outcome.code.empty() ? "allow" : "error";
  if (!outcome.release) {
    auto cost = price_of(ctx, outcome.usage);
    s.estimated = !outcome.usage.reported || (cost && cost->estimated);
    if (cost) {
      s.cost = cost->total;
      for (auto const& part : cost->parts)
        s.parts.emplace_back(std::string{part.meter}, part.units, part.cost);
    } else {  // unpriced: the counts are kept, the money is unknown
      if (auto n = outcome.usage.input_total()) s.parts.emplace_back("input", n, Nano{});
      if (auto n = outcome.usage.output_total()) s.parts.emplace_back("output", n, Nano{});
    }
    r.usage = s.parts;
    r.cost = s.cost;
    r.estimated = s.estimated;
    r.price_version = s.price_version;
    ctx.services.metrics.tokens(s.provider, outcome.usage, s.cost ? s.cost->v : 0);
  }
  r.complete = outcome.complete;
  finish_record(ctx, outcome.status, outcome.code);
  s.record_fields.reserve(1024);
  audit::append_fields(s.record_fields, r);

  auto done = co_await ctx.services.store.settle(ctx.slot, std::move(s));
  if (!done) spdlog::error("settlement of {} failed: {}", ctx.id.text(), to_string(done.error().code()));
  co_return done;
}

Task<> record_refusal(RequestContext& ctx, Error const& error) {
  auto& r = ctx.record;
  auto const* d = error.peek();
  r.verdict = "deny";
  if (d) r.rule = d->rule;
  if (r.rule.empty() && error.code() == Errc::model_not_allowed) r.rule = "allowed_models";
  finish_record(ctx, status_of(error), code_of(error));
  std::string fields;
  fields.reserve(768);
  audit::append_fields(fields, r);
  return ctx.services.store.append(std::move(fields));
}

}  // namespace tsg::pipeline
