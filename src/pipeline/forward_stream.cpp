// A streamed answer: each provider event leaves as soon as it is decoded; the end leaves after the commit. A
// stream never lies (design decision 7): no [DONE] and no clean end unless the provider's terminator was
// seen.
#include "pipeline/answer_filter.hpp"
#include "pipeline/forward.hpp"
#include "pipeline/key_auth.hpp"
#include "pipeline/metering.hpp"
#include "tsg/pipeline/handler.hpp"
#include "tsg/pipeline/metrics.hpp"

namespace tsg::pipeline {
namespace {

constexpr std::string_view kEventStream = "text/event-stream; charset=utf-8";  // SSE-1

Task<> begin(RequestContext& ctx) {
  add_answer_headers(ctx);
  ctx.headers.set("content-type", kEventStream);
  ctx.headers.set("cache-control", "no-cache, no-transform");
  ctx.headers.set("x-accel-buffering", "no");
  return ctx.http.begin(200, ctx.headers);
}

// BUD-7: the provider generates more than was paid for. By its own running count, or by ours.
bool overrun(RequestContext const& ctx, providers::StreamDecoder const& decoder, OutputCount const& count) {
  constexpr std::int64_t slack = 8;  // events without a token of their own: role, finish
  if (ctx.budgets.empty()) return false;
  auto const bound = ctx.bounds[ctx.target].output_tokens;
  if (bound < INT64_MAX - slack && count.tokens() > bound + slack) return true;
  auto const& running = decoder.usage();
  if (decoder.done() || !running.reported || !plausible(running)) return false;
  auto const cost = price_of(ctx, running);
  return cost && cost->total > ctx.hold.amount();
}

// Reads, decodes, writes until the terminator or a failure.
Task<> pump(Forwarding& f, providers::StreamDecoder& decoder, OutputCount& count) {
  auto& ctx = f.ctx;
  std::string wire, out;
  for (;;) {
    wire.clear();
    auto n = co_await f.answer->read_some(wire);
    if (!still_allowed(ctx))
      co_return Error{Errc::invalid_api_key,
                      "The key was revoked or disabled while the answer was streamed."};
    auto const had = out.size();
    auto state = !n ? Result<>{n.error()} : *n == 0 ? decoder.finish(out) : decoder.feed(wire, out);
    count.note(std::string_view{out}.substr(had), decoder.output_bytes());
    // Nothing leaves before the first content: until then a failure is still an ordinary error (SSE-8).
    bool const release = ctx.http.started() || decoder.content_started() || decoder.done();
    if (!out.empty() && release) {
      if (!ctx.http.started()) {
        ctx.record.model_served = decoder.model();
        auto begun = co_await begin(ctx);
        if (!begun) co_return begun.error();
      }
      if (ctx.recording) ctx.recording->add(out);
      auto written = co_await ctx.http.write(out);
      if (!written) co_return written.error();
      out.clear();
    }
    if (!state) co_return state.error();
    if (overrun(ctx, decoder, count))
      co_return Error{Errc::insufficient_quota,
                      "The stream was cut: the provider generated more than the output limit this request's "
                      "budget was reserved for."};
    if (decoder.done()) co_return boost::system::in_place_value;
    if (*n == 0) co_return Error{Errc::provider_unavailable};
  }
}

Outcome success(Forwarding& f, providers::StreamDecoder& decoder) {
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
  outcome.usage = decoder.usage();
  if (!decoder.usage().reported || !plausible(decoder.usage())) {
    outcome.invalid = decoder.usage().reported || decoder.usage().invalid;
    auto tier = decoder.usage().service_tier;
    outcome.usage = estimate_of_stream(ctx, decoder.output_bytes(), true);
    outcome.usage.service_tier = std::move(tier);
    decoder.adopt(outcome.usage);
  }
  return outcome;
}

// What a stream that did not reach its end is billed.
catalog::Usage used_by(RequestContext const& ctx, providers::StreamDecoder const& decoder,
                       OutputCount const& count, Error const& error) {
  if (decoder.usage().reported && plausible(decoder.usage())) return decoder.usage();
  auto usage = estimate_of_stream(ctx, decoder.output_bytes(), false);
  usage.service_tier = decoder.usage().service_tier;
  // Cut by us: it has passed its bound, by how much nobody said.
  if (error.code() == Errc::insufficient_quota) usage.output = std::max(usage.output, count.tokens() + 256);
  return usage;
}

}  // namespace

Task<> forward_stream(Forwarding& f) {
  auto& ctx = f.ctx;
  auto decoder = filter_stream(ctx, f.adapter.stream_decoder(f.decode));
  OutputCount count;
  auto pumped = co_await pump(f, *decoder, count);
  Error error;
  if (pumped) {
    f.progress.stage = upstream::Stage::done;
    auto outcome = success(f, *decoder);
    ctx.services.memory.remember(ctx.key->org, ctx.key->id, decoder->take_memos(), ctx.time);
    auto const cost = price_of(ctx, outcome.usage);
    auto const tail = decoder->tail(ctx.record.provider, cost ? std::optional{cost->total} : std::nullopt);
    if (ctx.recording) {
      ctx.recording->add(tail);
      outcome.keep_as = kEventStream;
    }
    auto settled = co_await settle(ctx, std::move(outcome));
    if (settled) {
      if (!ctx.http.started()) {  // an empty answer
        auto begun = co_await begin(ctx);
        if (!begun) co_return begun.error();
      }
      auto written = co_await ctx.http.write(tail);
      if (!written) co_return written.error();
      co_return co_await ctx.http.finish();
    }
    error = settled.error();
  } else {
    ctx.record.model_served = decoder->model();
    auto failed = co_await fail(f, pumped.error(), used_by(ctx, *decoder, count, pumped.error()));
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
