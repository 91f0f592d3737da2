// A streamed answer: each provider event leaves as soon as it is decoded; the end leaves after the commit. A
// stream never lies (design decision 7): no [DONE] and no clean end unless the provider's terminator was
// seen.
#include "pipeline/answer_filter.hpp"
#include "pipeline/forward.hpp"
#include "pipeline/key_auth.hpp"
#include "pipeline/metering.hpp"

namespace tsg::pipeline {
namespace {

constexpr std::string_view kEventStream = "text/event-stream; charset=utf-8";  // SSE-1

Task<> begin(Forwarding& f) {
  auto& ctx = f.ctx;
  // From here on nobody else can be asked: what a long stream keeps is small.
  (void)std::move(ctx.chat->document).release();
  add_answer_headers(f);
  ctx.headers.set("content-type", kEventStream);
  ctx.headers.set("cache-control", "no-cache, no-transform");
  ctx.headers.set("x-accel-buffering", "no");
  return ctx.http.begin(200, ctx.headers);
}

// A route may keep the first content for a while, so that a break in it can still be hidden. Looked at with
// each event: a model that thinks between two of them is waited for.
class HoldBack {
 public:
  explicit HoldBack(routing::Plan const& plan) {
    if (plan.spec) rule_ = plan.spec->hold_back;
  }
  bool over(providers::StreamDecoder const& decoder, SteadyTime now) {
    if (!rule_.any()) return true;
    if (!since_) since_ = now;
    constexpr std::int64_t bytes_per_token = 4;
    bool const enough = rule_.tokens > 0 && decoder.output_bytes() >= rule_.tokens * bytes_per_token;
    bool const long_enough = rule_.time.count() > 0 && now - *since_ >= rule_.time;
    return enough || long_enough;
  }

 private:
  routing::HoldBack rule_;
  std::optional<SteadyTime> since_;
};

// BUD-7: the provider generates more than was paid for. By its own running count, or by ours.
bool overrun(RequestContext const& ctx, providers::StreamDecoder const& decoder, OutputCount const& count) {
  constexpr std::int64_t slack = 8;  // events without a token of their own: role, finish
  if (ctx.budgets.empty()) return false;
  auto const bound = ctx.bounds[ctx.target].output_tokens;
  if (bound < INT64_MAX - slack && count.tokens() > bound + slack) return true;
  auto const& running = decoder.usage();
  if (decoder.done() || !running.reported || !plausible(running)) return false;
  auto const cost = price_of(ctx, running);
  return cost && cost->total + ctx.spent.cost > ctx.hold.amount();
}

// Reads, decodes, writes until the terminator or a failure.
Task<> pump(Forwarding& f, providers::StreamDecoder& decoder, OutputCount& count) {
  auto& ctx = f.ctx;
  HoldBack hold_back{ctx.plan};
  std::string wire, out;
  for (;;) {
    wire.clear();
    auto const asked = ctx.services.clock.steady();
    auto n = co_await f.answer->read_some(wire);
    count.waited(asked, ctx.services.clock.steady());
    auto const had = out.size();
    auto state = !n ? Result<>{n.error()} : *n == 0 ? decoder.finish(out) : decoder.feed(wire, out);
    count.note(std::string_view{out}.substr(had), decoder.output_bytes(), decoder.usage().reported);
    if (!still_allowed(ctx))  // what came is counted, and does not leave
      co_return Error{Errc::invalid_api_key,
                      "The key was revoked or disabled while the answer was streamed."};
    // Nothing leaves before the first content: until then a failure is still an ordinary error (SSE-8), and
    // somebody else may be asked.
    bool const release = ctx.http.started() || decoder.done() ||
                         (decoder.content_started() && hold_back.over(decoder, ctx.services.clock.steady()));
    if (!out.empty() && release && (state || ctx.http.started())) {
      if (!ctx.http.started()) {
        ctx.record.model_served = decoder.model();
        auto begun = co_await begin(f);
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

// By us or by the client, while the provider was well.
bool given_up(Error const& error) noexcept {
  return error.code() == Errc::invalid_api_key || error.code() == Errc::client_gone ||
         error.code() == Errc::policy_denied;
}

// What a stream that did not reach its end is billed.
catalog::Usage used_by(RequestContext const& ctx, providers::StreamDecoder const& decoder,
                       OutputCount const& count, Error const& error) {
  // Where the provider or the way to it broke, its pace until then says nothing.
  auto const under_way = given_up(error) ? count.under_way(ctx.services.clock.steady()) : kUnderWay;
  if (decoder.usage().reported && plausible(decoder.usage()))
    return count.running() && !decoder.usage_final() ? estimate_of_running(ctx, decoder.usage(), under_way)
                                                     : decoder.usage();
  auto usage = estimate_of_stream(ctx, decoder.output_bytes(), under_way);
  usage.service_tier = decoder.usage().service_tier;
  usage.invalid = decoder.usage().invalid || decoder.usage().reported;  // it said what cannot be
  // Cut by us: it has passed its bound, by how much nobody said.
  if (error.code() == Errc::insufficient_quota) usage.output = std::max(usage.output, count.tokens() + 256);
  return usage;
}

// What the answer is billed, and whether the provider's own count had to be replaced.
Outcome outcome_of(RequestContext const& ctx, providers::StreamDecoder& decoder) {
  Outcome outcome;
  outcome.usage = decoder.usage();
  if (decoder.usage().reported && plausible(decoder.usage())) return outcome;
  outcome.invalid = decoder.usage().reported || decoder.usage().invalid;
  auto tier = decoder.usage().service_tier;
  outcome.usage = estimate_of_stream(ctx, decoder.output_bytes(), 0);
  outcome.usage.service_tier = std::move(tier);
  decoder.adopt(outcome.usage);
  return outcome;
}

}  // namespace

Task<> forward_stream(Forwarding& f) {
  auto& ctx = f.ctx;
  auto decoder = filter_stream(ctx, f.adapter.stream_decoder(f.decode));
  OutputCount count;
  auto pumped = co_await pump(f, *decoder, count);
  ctx.record.model_served = decoder->model();
  if (!pumped) {
    f.used = used_by(ctx, *decoder, count, pumped.error());
    auto const* d = pumped.error().peek();
    auto const& counted = decoder->usage();
    f.refused = d != nullptr && d->told && !decoder->content_started() && decoder->output_bytes() == 0 &&
                !counted.reported && !counted.invalid;
    co_return pumped.error();
  }

  f.progress.stage = upstream::Stage::done;
  auto outcome = outcome_of(ctx, *decoder);
  f.used = outcome.usage;
  note_success(f, decoder->model());
  ctx.services.memory.remember(ctx.key->org, ctx.key->id, decoder->take_memos(), ctx.time);
  auto const total = total_cost(ctx, outcome.usage);
  auto const tail = decoder->tail(ctx.record.provider, total);
  if (ctx.recording) {
    ctx.recording->add(tail);
    outcome.keep_as = kEventStream;
  }
  auto settled = co_await settle(ctx, std::move(outcome));
  if (!settled) co_return settled.error();
  if (!ctx.http.started()) {  // an empty answer
    auto begun = co_await begin(f);
    if (!begun) co_return begun.error();
  }
  auto written = co_await ctx.http.write(tail);
  if (!written) co_return written.error();
  co_return co_await ctx.http.finish();
}

}  // namespace tsg::pipeline
