// How an attempt ended: for the record, for health, for the books.
#include "pipeline/forward.hpp"
#include "tsg/core/log.hpp"
#include "tsg/pipeline/error_response.hpp"
#include "tsg/pipeline/metrics.hpp"

namespace tsg::pipeline {
namespace {

routing::Failed stage_of(upstream::Stage stage) noexcept {
  switch (stage) {
    case upstream::Stage::dial:
      return routing::Failed::dial;
    case upstream::Stage::write:
      return routing::Failed::write;
    case upstream::Stage::head:
      return routing::Failed::head;
    default:
      return routing::Failed::body;
  }
}

// A stream that we cut because its key may not call any more did not fail, least of all by the provider's
// fault.
std::string_view outcome_of(Error const& error) noexcept {
  return error.code() == Errc::invalid_api_key ? "revoked" : to_string(error.code());
}

audit::Attempt attempt_of(Forwarding const& f, std::string_view stage, std::string_view outcome) {
  auto const took = f.ctx.services.clock.steady() - f.sent_at;
  audit::Attempt attempt;
  attempt.target = f.purchase.target().name();
  attempt.credential = f.ctx.record.credential;
  attempt.stage = stage;
  attempt.outcome = outcome;
  attempt.status = f.answer ? f.answer->status() : 0;
  attempt.ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  return attempt;
}

// Puts what a failed attempt may have cost aside for the settlement.
std::optional<Nano> spend(Purchase& purchase, catalog::Usage const& used) {
  auto const cost = price_of(purchase, used);
  auto& spent = purchase.spent;
  spent.any = true;
  spent.invalid |= used.invalid;
  spent.input = saturated_add(spent.input, used.input_billed());
  spent.output = saturated_add(spent.output, used.output_billed());
  spent.estimated |= !used.reported || (cost && cost->estimated);
  if (!cost) {  // unpriced: the counts are kept, the money is unknown
    if (auto const n = used.input_billed()) spent.parts.emplace_back("input", n, Nano{});
    if (auto const n = used.output_billed()) spent.parts.emplace_back("output", n, Nano{});
    return {};
  }
  spent.priced = true;
  spent.cost += cost->total;
  for (auto const& part : cost->parts) spent.parts.push_back(cost_part(part));
  return cost->total;
}

// What our own quota at the provider is charged in the end.
Quota::Charge charge_of(Purchase const& purchase, catalog::Usage const& used) {
  auto const cost = price_of(purchase, used);
  return Quota::Charge{saturated_add(used.input_billed(), used.output_billed()), cost ? cost->total : Nano{}};
}

}  // namespace

Forwarding::Forwarding(Purchase& p, Attempts& all, providers::ProviderAdapter const& a)
    : purchase{p},
      ctx{p.ctx},
      attempts{all},
      adapter{a},
      expected{p.target().model,
               p.bound(),
               all.asked(),
               p.plan().input_bound,
               ctx.runtime->config.limits.output_tokens_default,
               ctx.time},
      held{ctx.services.bodies.answer()} {}

Error no_memory_for_answer() {
  Error error{Errc::overloaded, "This gateway had no memory left for the provider's answer."};
  error.details().dispatched = true;
  return error;
}

void add_answer_headers(Forwarding& f) {
  auto& ctx = f.ctx;
  ctx.headers.set("x-tsg-provider", f.purchase.target().provider->id);
  ctx.headers.set("x-tsg-model", f.reported.empty() ? ctx.record.model_served : f.reported);
  ctx.headers.set("x-tsg-attempts", std::to_string(f.attempts.made()));
  std::string dropped;
  for (auto const& name : ctx.record.dropped_parameters)
    dropped.append(dropped.empty() ? "" : ", ").append(name);
  if (!dropped.empty()) ctx.headers.set("x-tsg-dropped", dropped);
}

catalog::Usage uncounted(Forwarding const& f, catalog::Usage const& told, std::int64_t output_bytes,
                         std::int64_t under_way) {
  bool const beyond = told.reported && !plausible(f.expected, told);
  auto usage =
      f.hides || beyond ? bound_of_answer(f.expected) : estimate_of_seen(f.expected, output_bytes, under_way);
  if (!told.service_tier.empty()) usage.service_tier = told.service_tier;
  return usage;
}

surfaces::RenderContext render_context(providers::DecodeContext const& decode) {
  surfaces::RenderContext out;
  out.id = decode.id;
  out.created = decode.created;
  out.model = decode.asked_model;
  out.include_usage = decode.include_usage;
  out.legacy_functions = decode.legacy_functions;
  return out;
}

void note_abandoned(Outcome& outcome) {
  outcome.status = status_of(Error{Errc::client_gone});
  outcome.code = to_string(Errc::client_gone);
  outcome.complete = false;
}

void note_success(Forwarding& f, std::string const& model) {
  auto& ctx = f.ctx;
  auto const took = ctx.services.clock.steady() - f.sent_at;
  f.reported = model;
  ctx.record.model_served = recorded_model(f.purchase, model);
  ctx.record.latency_upstream_us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  ctx.record.attempts.push_back(attempt_of(f, "done", "ok"));
  ctx.services.metrics.upstream_attempt(ctx.record.provider, "ok");
  auto const used = f.attempts.quota() ? charge_of(f.purchase, f.used) : Quota::Charge{};
  f.attempts.succeeded(std::chrono::microseconds{ctx.record.latency_first_byte_us}, used);
}

void note_failure(Forwarding& f, Error const& error) {
  auto& ctx = f.ctx;
  auto const* d = error.peek();
  bool const gone = error.code() == Errc::client_gone;
  int const status = f.answer ? (f.refused && d->status != 0 ? d->status : f.answer->status()) : 0;
  // Sent and not refused: the provider may have done the work.
  bool const billed = f.answer ? status < 300 && !f.refused
                               : (gone ? f.progress.stage > upstream::Stage::dial : (d && d->dispatched));
  bool const ours = gone && ctx.services.stopping.load(std::memory_order_relaxed);
  std::string_view const outcome = ours ? "shutdown" : outcome_of(error);
  auto attempt = attempt_of(f, upstream::to_string(f.progress.stage), outcome);
  if (billed) attempt.cost = spend(f.purchase, f.used);
  auto const used = billed && f.attempts.quota() ? charge_of(f.purchase, f.used) : Quota::Charge{};
  ctx.record.attempts.push_back(std::move(attempt));
  if (d && !d->log.empty()) ctx.record.detail = d->log;
  if (d && !d->provider_text.empty()) {
    ctx.record.detail += ", text " + f.purchase.commitments.of(d->provider_text);
    log::debug("request {}: the provider said: {}", {ctx.id.text(), d->provider_text});
  }
  if (d && !d->rule.empty()) ctx.record.rule = d->rule;
  ctx.services.metrics.upstream_attempt(ctx.record.provider, outcome);
  f.answer.reset();  // a half-read answer closes its connection now, not after the commit
  if (gone)
    f.attempts.abandon(used);
  else
    f.attempts.failed(stage_of(f.progress.stage), error, status, used);
}

std::optional<Nano> total_cost(Purchase const& purchase, catalog::Usage const& usage) {
  auto const cost = price_of(purchase, usage);
  if (!cost) return {};
  return cost->total + purchase.spent.cost;
}

// Of a name that is the provider's own text the record gets a commitment, and the name that was asked for.
std::string recorded_model(Purchase& purchase, std::string_view reported) {
  auto const& target = purchase.target();
  auto& ctx = purchase.ctx;
  if (reported.empty() || known_model(*ctx.runtime->catalog, target, reported)) return std::string{reported};
  ctx.record.commitment_model = purchase.commitments.of(reported);
  return target.upstream_model;
}

}  // namespace tsg::pipeline
