// A streamed answer: each provider event leaves as soon as it is decoded; the end leaves after the commit. A
// stream never lies (design decision 7): no [DONE] and no clean end unless the provider's terminator was
// seen.
#include "pipeline/answer_filter.hpp"
#include "pipeline/forward.hpp"
#include "pipeline/keep_alive.hpp"
#include "pipeline/key_auth.hpp"
#include "pipeline/metering.hpp"
#include "pipeline/stream_filter.hpp"
#include "tsg/providers/forms.hpp"
#include "tsg/surfaces/renderer.hpp"

namespace tsg::pipeline {
namespace {

constexpr std::string_view kEventStream = "text/event-stream; charset=utf-8";  // SSE-1

Task<> begin(Forwarding& f) {
  auto& ctx = f.ctx;
  // From here on nobody else can be asked: what a long stream keeps is small.
  f.attempts.release_body();
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
  // Nothing but silence or words without content so far: does the window still forbid to begin?
  bool forbids_beginning(SteadyTime begun, SteadyTime now) const noexcept {
    if (!rule_.any()) return false;
    return rule_.time.count() == 0 || now - since_.value_or(begun) < rule_.time;
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
bool overrun(Forwarding const& f, providers::StreamDecoder const& decoder, OutputCount const& count) {
  constexpr std::int64_t slack = 8;  // events without a token of their own: role, finish
  auto const& purchase = f.purchase;
  if (!purchase.plan().budgeted()) return false;
  auto const bound = f.expected.bound.output_tokens;
  if (bound < INT64_MAX - slack && count.tokens() > bound + slack) return true;
  auto const& running = decoder.usage();
  if (decoder.done() || !running.reported || !plausible(f.expected, running)) return false;
  auto const cost = price_of(purchase, running);
  return cost && cost->total + purchase.spent.cost > purchase.admitted.hold.amount();
}

// Reads, decodes, writes until the terminator or a failure. Goes on reading where the client has left and
// only the provider's count says what the answer cost.
class Pump {
 public:
  Pump(Forwarding& f, providers::StreamDecoder& decoder, surfaces::Renderer& renderer, OutputCount& count)
      : f_{f},
        ctx_{f.ctx},
        decoder_{decoder},
        renderer_{renderer},
        filter_{StreamFilter::of({f.purchase.caller.levels, f.attempts.asked(), f.ctx.record},
                                 renderer.joins_texts())},
        count_{count},
        hold_back_{f.purchase.plan()},
        alone_{!f.attempts.more()},
        begun_{Steady::now()},
        revision_{f.purchase.caller.revision},
        keep_alive_{std::make_shared<KeepAlive>(ctx_.http.executor(),
                                                ctx_.runtime->config.timeouts.stream_keep_alive)} {}
  ~Pump() { keep_alive_->end(); }
  Pump(Pump const&) = delete;
  Pump& operator=(Pump const&) = delete;

  Task<> operator()() {
    if (f_.abandoned && !f_.hides) co_return Error{Errc::client_gone};  // it was the head that was waited for
    keep_alive_->begin([this] { return break_silence(); });
    std::string wire;
    std::size_t unread = 0;  // bytes since anything was decoded: a large event is worked on elsewhere
    for (;;) {
      wire.clear();
      auto const asked = ctx_.services.clock.steady();
      keep_alive_->listen();
      auto n = co_await f_.answer->read_some(wire);
      if (keep_alive_->stop_listening()) co_await keep_alive_->spoken();
      count_.waited(asked, ctx_.services.clock.steady());
      auto const had = out_.size();
      unread += wire.size();
      Result<> state{boost::system::in_place_value};
      if (!n)  // no co_await within a conditional: gcc 12 destroys its operands twice
        state = n.error();
      else
        state = co_await ctx_.services.offload.run(unread, ctx_.runtime->config.limits.offload_bytes,
                                                   [&] { return decode(wire, *n == 0); });
      if (out_.size() > had) unread = 0;
      if (!f_.held.hold(unread + out_.size()))  // an event, one body, or what waits
        co_return Error{Errc::overloaded, "This gateway had no memory left for the provider's answer."};
      auto const& told = decoder_.usage();
      count_.note(std::exchange(content_events_, 0), decoder_.output_bytes(),
                  told.reported ? std::optional{told.output_total()} : std::nullopt);
      // What came is counted, and does not leave.
      if (!still_allowed(ctx_.services, f_.purchase.caller, revision_))
        co_return Error{Errc::invalid_api_key,
                        "The key was revoked or disabled while the answer was streamed."};
      if (ctx_.http.started() || (state && may_leave())) {
        auto released = co_await release();
        if (!released) co_return released.error();
      }
      if (!state) co_return state.error();
      if (!hold_what_waits(unread)) co_return no_memory_for_answer();
      if (overrun(f_, decoder_, count_))
        co_return Error{
            Errc::insufficient_quota,
            "The stream was cut: the provider generated more than the output limit this request's "
            "budget was reserved for."};
      if (decoder_.done()) co_return boost::system::in_place_value;
      if (*n == 0) co_return Error{Errc::provider_unavailable};
    }
  }

 private:
  // From the provider's bytes to the client's. What content rules hold back is counted all the same.
  Result<> decode(std::string_view wire, bool last) {
    auto state = last ? decoder_.finish(events_) : decoder_.feed(wire, events_);
    content_events_ = events_.content_events();
    if (!filter_) {
      renderer_.render(std::as_const(events_).events(), out_);
    } else {
      auto passed = filter_->pass(events_, decoder_.done() || !state, passed_);
      renderer_.render(std::as_const(passed_).events(), out_);
      if (!passed) state = passed;
    }
    events_.clear();  // what is kept until the next read is small
    passed_.clear();
    return state;
  }

  // As long as somebody else may be asked, nothing leaves before the first content, nor within the window
  // that a route keeps: until then a failure is still an ordinary error (SSE-8). Where nobody else can be
  // asked there is nothing to wait for. What waits has a limit.
  bool may_leave() {
    if (decoder_.done()) return !out_.empty();
    if (!decoder_.streams()) return false;
    return alone_ || out_.size() > ctx_.runtime->config.limits.stream_wait_bytes ||
           (decoder_.content_started() && hold_back_.over(decoder_, ctx_.services.clock.steady()));
  }

  // An event that is not whole yet, and what waits for its turn: of one stream little, of thousands much.
  bool hold_what_waits(std::size_t unread) {
    if (unread + out_.size() > 0) return f_.held.hold(unread + out_.size());
    f_.held.release();
    return true;
  }

  Task<> release() {
    Result<> put{boost::system::in_place_value};
    if (!f_.abandoned && !ctx_.http.started()) {
      f_.reported = decoder_.model();
      ctx_.record.model_served = recorded_model(f_.purchase, decoder_.model());
      put = co_await begin(f_);
      if (put) keep_alive_->wrote();
    }
    if (auto& recording = f_.purchase.admitted.recording; recording && !out_.empty()) recording->add(out_);
    if (!f_.abandoned && put && !out_.empty()) {
      f_.purchase.commitments.put_out(out_);
      put = co_await ctx_.http.write(out_);
      if (put) keep_alive_->wrote();
    }
    if (!put && !f_.client_lost()) co_return put.error();
    out_.clear();
    f_.held.release();
    co_return boost::system::in_place_value;
  }

  // The client has heard nothing for a while: the answer begins, unless it may still be somebody else's.
  Task<bool> break_silence() {
    if (f_.abandoned) co_return false;  // nobody is there to hear it
    if (!ctx_.http.started()) {
      bool const wait =
          !decoder_.streams() || (!alone_ && hold_back_.forbids_beginning(begun_, Steady::now()));
      if (wait) co_return false;
      auto released = co_await release();
      if (!released) co_return released.error();
      if (f_.abandoned) co_return false;
    }
    auto const sign = renderer_.keep_alive();
    f_.purchase.commitments.put_out(sign);
    auto written = co_await ctx_.http.write(sign);
    if (!written) co_return written.error();
    co_return true;
  }

  Forwarding& f_;
  RequestContext& ctx_;
  providers::StreamDecoder& decoder_;
  surfaces::Renderer& renderer_;
  std::unique_ptr<StreamFilter> filter_;  // nullptr: no rule speaks of answers
  OutputCount& count_;
  HoldBack hold_back_;
  bool alone_;  // nobody else could be asked
  SteadyTime begun_;
  std::uint64_t revision_;  // of keys and world, when the key was last looked at
  std::shared_ptr<KeepAlive> keep_alive_;
  conversation::EventBatch events_, passed_;  // of one read: as they came, and as they may leave
  std::size_t content_events_ = 0;            // among them
  std::string out_;
};

// By us or by the client, while the provider was well.
bool given_up(Error const& error) noexcept {
  return error.code() == Errc::invalid_api_key || error.code() == Errc::client_gone ||
         error.code() == Errc::policy_denied;
}

// What a stream that did not reach its end is billed.
catalog::Usage used_by(Forwarding const& f, providers::StreamDecoder const& decoder, OutputCount const& count,
                       Error const& error) {
  auto const now = f.ctx.services.clock.steady();
  // Where the provider or the way to it broke, its pace until then says nothing.
  auto const under_way = given_up(error) ? count.under_way(now) : kUnderWay;
  auto const& told = decoder.usage();
  auto const* d = error.peek();
  if (told.reported && plausible(f.expected, told)) {
    // Of the end; of a failure that the provider told with it.
    bool const last = !count.running() && !count.trails() && (!f.hides || (d && d->told));
    if (decoder.usage_final() || last) return told;
    if (f.hides ? count.current(now) : count.running())
      return estimate_of_running(f.expected, told, under_way);
  }
  auto usage = uncounted(f, told, decoder.output_bytes(), under_way);
  usage.invalid = told.invalid || (told.reported && !plausible(f.expected, told));  // it said what cannot be
  // Cut by us: it has passed its bound, by how much nobody said.
  if (error.code() == Errc::insufficient_quota) usage.output = std::max(usage.output, count.tokens() + 256);
  return usage;
}

// What the answer is billed, and whether the provider's own count had to be replaced.
Outcome outcome_of(Forwarding const& f, providers::StreamDecoder const& decoder) {
  Outcome outcome;
  outcome.usage = decoder.usage();
  if (outcome.usage.reported && plausible(f.expected, outcome.usage)) return outcome;
  outcome.invalid = outcome.usage.reported || outcome.usage.invalid;
  outcome.usage = uncounted(f, outcome.usage, decoder.output_bytes());
  return outcome;
}

}  // namespace

Task<> forward_stream(Forwarding& f) {
  auto& ctx = f.ctx;
  auto const& caller = f.purchase.caller;
  auto const type = f.answer->field("content-type").value_or(std::string_view{});
  auto const decoder =
      providers::decoder_of_either(f.adapter, f.decode, type, ctx.runtime->config.limits.response_bytes);
  auto const renderer = surfaces::chat_renderer(render_context(f.decode));
  OutputCount count;
  f.count = &count;
  Pump pump{f, *decoder, *renderer, count};
  auto pumped = co_await pump();
  f.count = nullptr;
  ctx.record.model_served = recorded_model(f.purchase, decoder->model());
  if (!pumped) {
    // One body that was lost costs what a plain answer may: the bound that `used` holds already.
    auto const& told = decoder->usage();
    if (decoder->streams() || (told.reported && plausible(f.expected, told)))
      f.used = used_by(f, *decoder, count, pumped.error());
    else
      f.used.invalid = told.reported || told.invalid;
    auto const* d = pumped.error().peek();
    auto const& counted = decoder->usage();
    f.refused = d != nullptr && d->told && !decoder->content_started() && decoder->output_bytes() == 0 &&
                !counted.reported && !counted.invalid;
    co_return pumped.error();
  }

  f.progress.stage = upstream::Stage::done;
  auto outcome = outcome_of(f, *decoder);
  f.used = outcome.usage;
  note_success(f, decoder->model());
  ctx.services.memory.remember(caller.key->org, caller.key->id, decoder->take_memos(), ctx.time);
  surfaces::Ending ending;
  ending.usage = outcome.usage;
  ending.provider = ctx.record.provider;
  ending.cost = total_cost(f.purchase, outcome.usage);
  auto const tail = renderer->tail(ending);
  if (auto& recording = f.purchase.admitted.recording) {
    recording->add(tail);
    outcome.keep_as = kEventStream;
  }
  bool const abandoned = f.abandoned;  // before the commit: who leaves during it is told the end
  if (abandoned) note_abandoned(outcome);
  auto settled = co_await settle(f.purchase, std::move(outcome));
  if (!settled) co_return settled.error();
  if (abandoned) co_return Error{Errc::client_gone};
  if (!ctx.http.started()) {  // an empty answer
    auto begun = co_await begin(f);
    if (!begun) co_return begun.error();
  }
  auto written = co_await ctx.http.write(tail);
  if (!written) co_return written.error();
  co_return co_await ctx.http.finish();
}

}  // namespace tsg::pipeline
