#include "pipeline/settlement.hpp"

#include <algorithm>

#include "tsg/catalog/discount.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/core/log.hpp"
#include "tsg/pipeline/error_response.hpp"
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

// A record of its own beside the request's: what somebody should look at. `after` is JSON.
std::string alert(RequestContext const& ctx, std::string_view kind, std::string after, std::string detail) {
  audit::Record r;
  r.kind = kind;
  r.time = ctx.services.clock.wall();
  r.request_id = ctx.id;
  r.org = ctx.record.org;
  r.team = ctx.record.team;
  r.environment = ctx.record.environment;
  r.key_id = ctx.record.key_id;
  r.provider = ctx.record.provider;
  r.model_served = ctx.record.model_served;
  r.after_json = std::move(after);
  r.detail = std::move(detail);
  std::string fields;
  audit::append_fields(fields, r);
  log::warn("{}: request {}: {}", {kind, ctx.id.text(), r.detail});
  return fields;
}

// The record has each meter once; the ledger keeps a part for each attempt.
std::vector<audit::CostPart> by_meter(std::vector<audit::CostPart> const& parts) {
  std::vector<audit::CostPart> out;
  for (auto const& part : parts) {
    auto const same = std::ranges::find(out, part.meter, &audit::CostPart::meter);
    if (same == out.end()) {
      out.push_back(part);
    } else {
      same->units = saturated_add(same->units, part.units);
      same->cost += part.cost;
    }
  }
  return out;
}

// The answer's, where there is one, and that of the attempts before it.
catalog::Usage usage_of_all(FailedCost const& spent, Outcome const& outcome) {
  auto used = outcome.release ? catalog::Usage{} : outcome.usage;
  used.input = saturated_add(used.input, spent.input);
  used.output = saturated_add(used.output, spent.output);
  return used;
}

void add_alerts(Purchase const& purchase, Outcome const& outcome, store::Settlement& s) {
  auto const& ctx = purchase.ctx;
  auto const held = purchase.admitted.hold.amount();
  if (outcome.invalid || purchase.spent.invalid)
    s.events.push_back(alert(ctx, "usage_invalid", "",
                             "the provider's usage was not usable: the estimate is billed instead"));
  if (!purchase.plan().budgeted() || !s.cost || *s.cost <= held) return;
  std::string after = R"({"held_usd":")" + to_usd(held) + R"(","cost_usd":")" + to_usd(*s.cost);
  s.events.push_back(alert(ctx, "budget_overrun", after + "\"}",
                           "more was used than had been held; it is spent, and recorded in full"));
}

void keep_answer(Purchase const& purchase, Outcome const& outcome, store::Settlement& s) {
  auto const& recording = purchase.admitted.recording;
  if (!recording) return;
  auto const& ctx = purchase.ctx;
  s.indeterminate = outcome.indeterminate;
  if (!outcome.keep_as.empty())
    s.answer = seal_answer(ctx.services.answer_key, ctx.id, *recording, outcome.keep_status, outcome.keep_as);
}

}  // namespace

audit::CostPart cost_part(catalog::Part const& part) {
  audit::CostPart out{std::string{part.meter}, part.units, part.cost};
  out.price = part.price;
  out.list_price = part.list_price;
  return out;
}

std::optional<catalog::Cost> price_of(Purchase const& purchase, catalog::Usage const& usage) {
  auto const& target = purchase.target();
  auto const& ctx = purchase.ctx;
  if (!target.model) {
    if (!usage.reported_cost) return std::nullopt;
    catalog::Cost cost;
    cost.total = *usage.reported_cost;
    return cost;
  }
  auto const terms = terms_at(purchase.caller.levels, target.provider->id, ctx.time);
  // Who answered, where that is not who was asked; an unknown one is taken for the latter.
  auto const priced = [&](catalog::Usage const& used) {
    auto const* named =
        used.model.empty() ? nullptr : routing::look_up(*ctx.runtime->catalog, *target.provider, used.model);
    auto const* model = named != nullptr && named->priced() ? named : target.model;
    auto cost = catalog::price_discounted(*model, used, ctx.time, terms.discount_micro);
    if (cost && !used.model.empty() && model != named) cost->estimated = true;
    return cost;
  };
  auto cost = priced(usage);
  for (auto const& beside : usage.beside) {
    auto const one = cost ? priced(beside) : std::nullopt;
    if (!one) return std::nullopt;
    cost->total += one->total;
    cost->estimated |= one->estimated;
    cost->parts.insert(cost->parts.end(), one->parts.begin(), one->parts.end());
  }
  return cost;
}

Task<> settle(Purchase& purchase, Outcome outcome) {
  auto& ctx = purchase.ctx;
  auto& admitted = purchase.admitted;
  auto const& spent = purchase.spent;
  ctx.recorded = true;
  bool const release = outcome.release && !spent.any;
  auto const used = usage_of_all(spent, outcome);
  // Released: the request was made, its tokens were not.
  admitted.lease.settle(release ? 0 : used.input_billed(), release ? 0 : used.output_billed(),
                        ctx.services.clock.steady());
  auto const& target = purchase.target();
  store::Settlement s;
  s.hold_id = admitted.hold.id();
  s.release = release;
  s.provider = target.provider->id;
  s.model = ctx.record.model_served.empty() ? target.upstream_model : ctx.record.model_served;
  s.price_version = ctx.runtime->catalog->version();
  // Rows name the discount too: "who multiplies gets the same number" must hold years later.
  if (auto terms = terms_at(purchase.caller.levels, target.provider->id, ctx.time);
      !terms.discount_source.empty())
    s.price_version += "+" + terms.discount_source;

  auto& r = ctx.record;
  r.verdict = outcome.code.empty() ? "allow" : outcome.code == "policy_denied" ? "deny" : "error";
  if (!release) {
    // Released: the last attempt cost nothing, only what went before is billed.
    auto cost = outcome.release ? std::optional<catalog::Cost>{} : price_of(purchase, outcome.usage);
    if (outcome.release && spent.priced) cost.emplace();
    s.estimated =
        spent.estimated || (!outcome.release && (!outcome.usage.reported || (cost && cost->estimated)));
    s.parts = spent.parts;
    if (cost) {
      s.cost = cost->total + spent.cost;
      s.parts.reserve(s.parts.size() + cost->parts.size());
      for (auto const& part : cost->parts) s.parts.push_back(cost_part(part));
    } else {  // unpriced: the counts are kept, the money is unknown
      if (auto n = outcome.usage.input_billed()) s.parts.emplace_back("input", n, Nano{});
      if (auto n = outcome.usage.output_billed()) s.parts.emplace_back("output", n, Nano{});
    }
    if (!cost && spent.priced) s.cost = spent.cost;
    r.usage = by_meter(s.parts);
    r.cost = s.cost;
    r.estimated = s.estimated;
    r.price_version = s.price_version;
    ctx.services.metrics.tokens(s.provider, used, s.cost ? s.cost->v : 0);
  }
  r.complete = outcome.complete;
  if (auto put_out = purchase.commitments.take_put_out(); !put_out.empty())
    r.commitment_response = std::move(put_out);
  finish_record(ctx, outcome.status, outcome.code);
  s.record_fields.reserve(1024);
  audit::append_fields(s.record_fields, r);
  add_alerts(purchase, outcome, s);
  keep_answer(purchase, outcome, s);

  auto done = co_await ctx.services.store.settle(admitted.slot, std::move(s));
  if (!done) log::error("settlement of {} failed: {}", {ctx.id.text(), to_string(done.error().code())});
  co_return done;
}

Task<> record_replay(RequestContext& ctx, int status) {
  ctx.record.verdict = "replay";
  ctx.recorded = true;
  finish_record(ctx, status, "");
  std::string fields;
  audit::append_fields(fields, ctx.record);
  return ctx.services.store.append(std::move(fields));
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
