// A streamed answer: each provider event leaves as soon as it is decoded; the end leaves after the commit. A
// stream never lies (design decision 7): no [DONE] and no clean end unless the provider's terminator was
// seen.
#include "pipeline/forward.hpp"
#include "tsg/pipeline/handler.hpp"
#include "tsg/pipeline/metrics.hpp"

namespace tsg::pipeline {
namespace {

Task<> begin(RequestContext& ctx) {
  add_answer_headers(ctx);
  ctx.headers.set("content-type", "text/event-stream; charset=utf-8");  // SSE-1
  ctx.headers.set("cache-control", "no-cache, no-transform");
  ctx.headers.set("x-accel-buffering", "no");
  return ctx.http.begin(200, ctx.headers);
}

// Reads, decodes, writes until the terminator or a failure.
Task<> pump(Forwarding& f, providers::StreamDecoder& decoder) {
  auto& ctx = f.ctx;
  std::string wire, out;
  for (;;) {
    wire.clear();
    auto n = co_await f.answer->read_some(wire);
    auto state = !n ? Result<>{n.error()} : *n == 0 ? decoder.finish(out) : decoder.feed(wire, out);
    // Nothing leaves before the first content: until then a failure is still an ordinary error (SSE-8).
    bool const release = ctx.http.started() || decoder.content_started() || decoder.done();
    if (!out.empty() && release) {
      if (!ctx.http.started()) {
        ctx.record.model_served = decoder.model();
        auto begun = co_await begin(ctx);
        if (!begun) co_return begun.error();
      }
      auto written = co_await ctx.http.write(out);
      if (!written) co_return written.error();
      out.clear();
    }
    if (!state) co_return state.error();
    if (decoder.done()) co_return boost::system::in_place_value;
    if (*n == 0) co_return Error{Errc::provider_unavailable};
  }
}

Outcome success(Forwarding& f, providers::StreamDecoder const& decoder) {
  auto& ctx = f.ctx;
  auto const took = ctx.services.clock.steady() - f.sent_at;
  ctx.record.model_served = decoder.model();
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
  Outcome outcome;
  outcome.usage = decoder.usage().reported ? decoder.usage() : estimate(ctx, decoder.output_bytes());
  return outcome;
}

}  // namespace

Task<> forward_stream(Forwarding& f) {
  auto& ctx = f.ctx;
  auto decoder = f.adapter.stream_decoder(f.decode);
  auto pumped = co_await pump(f, *decoder);
  Error error;
  if (pumped) {
    f.progress.stage = upstream::Stage::done;
    auto outcome = success(f, *decoder);
    ctx.services.memory.remember(ctx.key->org, ctx.key->id, decoder->take_memos(), ctx.time);
    auto const cost = price_of(ctx, outcome.usage);
    auto settled = co_await settle(ctx, std::move(outcome));
    if (settled) {
      if (!ctx.http.started()) {  // an empty answer
        auto begun = co_await begin(ctx);
        if (!begun) co_return begun.error();
      }
      auto const tail = decoder->tail(ctx.record.provider, cost ? std::optional{cost->total} : std::nullopt);
      auto written = co_await ctx.http.write(tail);
      if (!written) co_return written.error();
      co_return co_await ctx.http.finish();
    }
    error = settled.error();
  } else {
    ctx.record.model_served = decoder->model();
    auto failed = co_await fail(f, pumped.error(), decoder->output_bytes(), &decoder->usage());
    error = failed.error();
  }
  if (error.code() == Errc::client_gone) ctx.services.metrics.stream_aborted();
  if (!ctx.http.started()) co_return error;
  // Too late for a status: the error event, and an end that no client can take for a clean one.
  if (error.code() != Errc::client_gone) {
    auto const event = error_event(error);
    (void)co_await ctx.http.write(event);
  }
  ctx.http.abort();
  co_return error;
}

}  // namespace tsg::pipeline
