// A whole answer: read, decode, price, commit, and only then the first byte to the client.
#include "pipeline/answer_filter.hpp"
#include "pipeline/forward.hpp"
#include "pipeline/metering.hpp"
#include "tsg/pipeline/metrics.hpp"

namespace tsg::pipeline {
namespace {

void note_success(Forwarding& f, providers::Answer const& answer) {
  auto& ctx = f.ctx;
  auto const took = ctx.services.clock.steady() - f.sent_at;
  ctx.record.model_served = answer.model;
  ctx.record.latency_upstream_us = std::chrono::duration_cast<std::chrono::microseconds>(took).count();
  audit::Attempt attempt;
  attempt.target = ctx.plan.targets[ctx.target].name();
  attempt.credential = ctx.record.credential;
  attempt.stage = "done";
  attempt.outcome = "ok";
  attempt.status = f.answer->status();
  attempt.ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
  ctx.record.attempts.push_back(std::move(attempt));
  ctx.services.metrics.upstream_attempt(ctx.record.provider, "ok");
}

}  // namespace

Task<> forward_plain(Forwarding& f) {
  auto& ctx = f.ctx;
  std::string body;
  for (;;) {
    auto n = co_await f.answer->read_some(body);
    if (!n) co_return co_await fail(f, n.error(), estimate_of_answer(ctx, std::nullopt));
    if (*n == 0) break;
    if (body.size() > ctx.runtime->config.limits.response_bytes)
      co_return co_await fail(
          f, Error{Errc::provider_unavailable, "The provider's answer is larger than this gateway takes."},
          estimate_of_answer(ctx, std::nullopt));
  }
  f.progress.stage = upstream::Stage::done;

  auto answer = f.adapter.decode(body, f.decode);
  if (!answer) co_return co_await fail(f, answer.error(), estimate_of_answer(ctx, std::nullopt));
  Outcome outcome;
  if (!answer->usage.reported || !plausible(answer->usage)) {
    outcome.invalid = answer->usage.reported || answer->usage.invalid;
    auto const tier = answer->usage.service_tier;
    answer->usage = estimate_of_answer(ctx, static_cast<std::int64_t>(answer->content_json.size()));
    answer->usage.service_tier = tier;
  }
  // What the content rules refuse has been paid for all the same.
  if (auto passed = filter_answer(ctx, *answer); !passed)
    co_return co_await fail(f, passed.error(), answer->usage);
  note_success(f, *answer);
  ctx.services.memory.remember(ctx.key->org, ctx.key->id, answer->memos, ctx.time);
  f.answer.reset();  // back to the pool before we wait for the commit

  outcome.usage = answer->usage;
  auto const cost = price_of(ctx, answer->usage);
  auto const total = cost ? std::optional{cost->total} : std::nullopt;
  auto const bytes = providers::finish_answer(*answer, ctx.operation, ctx.record.provider, total);
  if (ctx.recording) {
    ctx.recording->add(bytes);
    outcome.keep_as = "application/json";
  }
  auto settled = co_await settle(ctx, std::move(outcome));
  if (!settled) co_return settled.error();

  add_answer_headers(ctx);
  if (total) ctx.headers.set("x-tsg-cost-usd", to_usd(*total));
  ctx.headers.set("content-type", "application/json");
  co_return co_await ctx.http.respond(200, ctx.headers, bytes);
}

}  // namespace tsg::pipeline
