// The terminal stage: attempts, one after the other, until an answer has been delivered or nobody is left.
// One engine for plain answers and streams; src/routing/README.md has its rules.
#include "pipeline/forward.hpp"

#include <boost/asio/steady_timer.hpp>

#include "pipeline/admission.hpp"
#include "pipeline/attempt_request.hpp"
#include "pipeline/embeddings_size.hpp"
#include "pipeline/lingering.hpp"
#include "pipeline/quota_line.hpp"
#include "pipeline/rate_headers.hpp"
#include "tsg/http/date.hpp"
#include "tsg/pipeline/error_response.hpp"
#include "tsg/pipeline/metrics.hpp"

namespace tsg::pipeline {
namespace {

constexpr std::string_view kGateway = "gateway";  // source of `matched`, where it is none of a policy

using Timer = boost::asio::basic_waitable_timer<Steady, boost::asio::wait_traits<Steady>, Executor>;

// IDM-12: what the provider decided about the request itself is the answer, also next time.
bool deterministic(Errc code) noexcept {
  return code == Errc::provider_rejected || code == Errc::context_length_exceeded ||
         code == Errc::content_filter;
}

// The requests that one client request becomes.
class Run {
 public:
  Run(Purchase& purchase, Order const& order, Body body, upstream::Client& upstream)
      : purchase_{purchase},
        ctx_{purchase.ctx},
        upstream_{upstream},
        attempts_{purchase, order, std::move(body)},
        pause_{ctx_.http.executor()} {}
  ~Run() {
    ctx_.http.unwatch_client();  // also after an exception
    if (lingering_) lingering_->end();
  }
  Run(Run const&) = delete;
  Run& operator=(Run const&) = delete;

  Task<> operator()() {
    // A client that leaves takes the provider's connection with it, whatever we are waiting for; unless only
    // the end of the answer says what it cost: that is read for a while longer.
    ctx_.http.watch_client([this] { client_left(); });
    auto done = co_await until_delivered();
    ctx_.http.unwatch_client();
    if (!done && !ctx_.recorded && noticed_ && done.error().code() == Errc::client_gone)
      done = Error{Errc::overloaded, "The gateway is shutting down; the request was ended."};
    if (done || ctx_.recorded) co_return co_await ended(done);
    auto settled = co_await give_up(done.error());
    co_return co_await ended(std::move(settled));
  }

 private:
  void client_left() {
    if (std::exchange(gone_, true)) return;  // the connection said it, and a write says it again
    noticed_ = ctx_.services.stopping.load(std::memory_order_relaxed);
    pause_.cancel();
    if (line_) line_->give_up();
    if (!live_) return;
    // Until all of the request is out the provider cannot have acted on it, and who cannot be reached any
    // more would be dialled anew. A stream whose events show all it costs is worth no more than they show.
    auto const patience = ctx_.runtime->config.timeouts.abandoned;
    bool const seen = live_->count && (!live_->hides || live_->count->current(ctx_.services.clock.steady()));
    if (seen || patience.count() == 0 || noticed_ || live_->progress.stage < upstream::Stage::head)
      return hang_up();
    live_->abandoned = true;
    lingering_ = std::make_shared<Lingering>(ctx_.http.executor(), ctx_.services.stopping);
    lingering_->begin(patience, [this] { hang_up(); });
  }

  void hang_up() {
    if (!live_) return;
    if (live_->answer)
      live_->answer->close();
    else
      upstream_.abort(live_->progress);
  }

  Task<> until_delivered() {
    Error last{Errc::provider_auth_failed, "The provider has no usable credential."};
    while (auto next = attempts_.next()) {
      if (gone_) co_return Error{Errc::client_gone};
      if (next->wait.count() > 0) {
        pause_.expires_after(next->wait);
        (void)co_await pause_.async_wait(use_tuple);
        if (gone_) co_return Error{Errc::client_gone};
      }
      auto done = co_await attempt(*next);
      if (done || ctx_.recorded || gone_) co_return done;
      // What nobody could be asked for says less than what somebody answered.
      if (sent_ || attempts_.made() == 0) last = done.error();
      if (ctx_.http.started() || last.code() == Errc::client_gone) break;
    }
    co_return last;
  }

  // One target, one credential. An error with nothing settled: somebody else may be asked.
  Task<> attempt(Attempts::Next const& next) {
    sent_ = false;
    purchase_.in_use = next.target;
    auto const& target = purchase_.target();
    auto const* adapter = &target.provider->dialect->adapter();
    auto const encode = encode_context(purchase_);
    auto const& prompt = *next.prompt;
    auto const& limits = ctx_.runtime->config.limits;
    auto encoded = co_await ctx_.services.offload.run(prompt.document.text().size(), limits.offload_bytes,
                                                      [&] { return adapter->encode(prompt, encode); });
    if (gone_) co_return Error{Errc::client_gone};
    if (!encoded) co_return pass_over(next, encoded.error());
    if (auto fits = embeddings_fit(prompt, target, limits.response_bytes); !fits)
      co_return pass_over(next, fits.error());
    auto held =
        co_await hold_again(ctx_.services.store, purchase_.admitted, next.target, purchase_.spent.cost);
    if (gone_) co_return Error{Errc::client_gone};
    if (!held) co_return pass_over(next, held.error());
    if (attempts_.quota() != nullptr) {
      auto room = co_await make_room();
      if (!room) co_return room.error();
    }
    if (!attempts_.begin(next)) co_return Error{Errc::provider_unavailable};

    sent_ = true;
    ctx_.record.provider = target.provider->id;
    ctx_.record.credential = next.credential->name;
    note_changes(*encoded);
    Forwarding f{purchase_, attempts_, *adapter};
    f.hides = may_hide(f.expected, encoded->may_think);
    f.client_lost = [this] {
      client_left();
      return live_->abandoned;
    };
    f.decode = decode_context(purchase_, attempts_.asked(), encoded->wire, encode.family);
    f.decode.renamed = std::move(encoded->renamed);
    f.decode.stops = std::move(encoded->stops);
    f.decode.forced = std::move(encoded->forced);
    bool const stream = encoded->stream;
    auto request = upstream_request(ctx_, target, *adapter, std::move(*encoded), *next.credential);
    // The client's words are on their way in another form; they are kept only while somebody else may get
    // them.
    if (!attempts_.more()) attempts_.forget_words();
    live_ = &f;
    auto done = co_await exchange(f, std::move(request), stream);
    live_ = nullptr;
    if (!done && !ctx_.recorded) note_failure(f, done.error());
    co_return done;
  }

  // Waits for our quota at the provider, bounded in time and number; then this credential is passed over.
  Task<> make_room() {
    using std::chrono::milliseconds;
    auto const& clock = ctx_.services.clock;
    auto const until = std::min(clock.steady() + ctx_.runtime->config.timeouts.quota_wait, ctx_.deadline);
    auto const charge = attempts_.expected();
    QuotaLine line{*attempts_.quota(),  attempts_.quota_limits(), purchase_.caller.key->org, charge, clock,
                   ctx_.http.executor()};
    line_ = &line;
    auto const answer = co_await line.wait(until);
    line_ = nullptr;
    if (gone_) co_return Error{Errc::client_gone};
    if (answer.granted()) {
      line.claim();
      attempts_.quota_granted(charge);
      co_return boost::system::in_place_value;
    }
    attempts_.skip();
    auto const& target = purchase_.target();
    ctx_.record.candidates.emplace_back(target.name(), "quota: " + std::string{answer.full});
    if (ctx_.record.provider.empty()) ctx_.record.provider = target.provider->id;
    Error full{Errc::provider_rate_limited, "This gateway's own quota at the provider is used up for now."};
    full.details().retry_after = std::max(answer.retry, milliseconds{1000});
    if (full_until_) full.details().retry_after = std::min(*full.details().retry_after, *full_until_);
    full_until_ = full.details().retry_after;
    co_return full;
  }

  // What this attempt's request says otherwise than the client did; of an attempt before it no more.
  void note_changes(providers::UpstreamRequest& encoded) {
    auto& record = ctx_.record;
    record.dropped_parameters = std::move(encoded.dropped);
    std::erase_if(record.matched, [](auto const& rule) { return rule.source == kGateway; });
    for (auto const& one : encoded.adapted)
      record.matched.emplace_back(std::string{kGateway}, std::string{one.member}, std::string{one.effect});
  }

  Error pass_over(Attempts::Next const& next, Error error) {
    attempts_.strike(next.target);
    auto const& target = purchase_.target();
    if (attempts_.routed()) {
      auto reason = std::string{to_string(error.code())};
      if (auto const* d = error.peek())
        if (auto const param = recorded_parameter(target, next.prompt->surface, d->param); !param.empty())
          reason.append(": ").append(param);
      ctx_.record.candidates.emplace_back(target.name(), std::move(reason));
    }
    if (ctx_.record.provider.empty()) ctx_.record.provider = target.provider->id;
    return error;
  }

  Task<> exchange(Forwarding& f, upstream::Request request, bool stream) {
    auto const& t = ctx_.runtime->config.timeouts;
    upstream::Deadlines deadlines{ctx_.deadline, t.dial, t.first_byte, t.stream_idle};
    ctx_.services.store.mark_dispatched(purchase_.admitted.hold);
    // A whole answer is generated before its first byte is sent: if it is lost, all of it may be billed
    // (BUD-6).
    f.used = bound_of_answer(f.expected);
    f.sent_at = ctx_.services.clock.steady();
    auto const& admitted = purchase_.admitted;
    auto sent =
        co_await upstream_.send(std::move(request), deadlines, f.progress, admitted.hold, admitted.slot);
    if (!attempts_.more()) attempts_.release_body();
    if (!sent) co_return sent.error();
    f.answer = std::move(*sent);
    auto const waited = ctx_.services.clock.steady() - f.sent_at;
    ctx_.record.latency_first_byte_us = std::chrono::duration_cast<std::chrono::microseconds>(waited).count();
    auto const& route = purchase_.plan().spec;
    if (route && route->strategy == routing::Strategy::most_remaining)
      if (auto const left = remaining_permille(purchase_.target().provider->dialect->rate_headers,
                                               [&f](std::string_view name) { return f.answer->field(name); }))
        attempts_.note_remaining(*left);
    int const status = f.answer->status();
    if (status < 200 || status >= 300) co_return co_await provider_error(f, status);
    // Either may come in the other's form: the bytes decide (tsg/providers/forms.hpp).
    if (stream) co_return co_await forward_stream(f);
    co_return co_await forward_plain(f);
  }

  static Task<> provider_error(Forwarding& f, int status) {
    std::string body;
    while (body.size() < f.ctx.runtime->config.limits.error_bytes && f.held.hold(body.size())) {
      auto n = co_await f.answer->read_some(body);
      if (!n && n.error().code() == Errc::client_gone) co_return n.error();
      if (!n || *n == 0) break;
    }
    auto const today = http::format_date(f.ctx.services.clock.wall().ms() / 1000);
    auto const field = [&](std::string_view name) {
      return f.answer->field(name).value_or(name == "date" ? std::string_view{today} : std::string_view{});
    };
    Error error = f.adapter.decode_error(status, body, field);
    error.details().dispatched = false;  // it answered that it did not do it: nothing is billed
    co_return error;
  }

  // Nobody is left: settle what was spent, and tell the one exit why. What an attempt met after its client
  // had left is with that attempt; the request's own end is that nobody waited for it.
  Task<> give_up(Error error) {
    bool const answerable = !gone_ || noticed_;
    auto& recording = purchase_.admitted.recording;
    Error const end = answerable ? error : Error{Errc::client_gone};
    error.details().billed = purchase_.spent.any;
    error.details().retried = attempts_.made() > 1;
    Outcome outcome;
    outcome.release = true;  // the last attempt is among what was spent
    outcome.complete = false;
    outcome.status = status_of(end);
    outcome.code = code_of(end);
    if (purchase_.spent.any) {
      outcome.indeterminate = true;
    } else if (recording && deterministic(error.code()) && !ctx_.http.started()) {
      recording->add(to_response(error, ctx_.id.text()).body);
      outcome.keep_as = "application/json";
      outcome.keep_status = status_of(error);
    }
    auto settled = co_await settle(purchase_, std::move(outcome));
    if (!settled) co_return settled.error();
    co_return answerable ? error : end;
  }

  // Too late for a status: the error event, and an end that no client can take for a clean one.
  Task<> ended(Result<> done) {
    if (done) co_return done;
    bool const gone = done.error().code() == Errc::client_gone;
    bool const stream = attempts_.asked().stream;
    if (gone && stream) ctx_.services.metrics.stream_aborted();
    if (!ctx_.http.started() || !stream) co_return done;
    if (!gone) {
      auto const event = error_event(done.error());
      (void)co_await ctx_.http.write(event);
    }
    ctx_.http.abort();
    co_return done;
  }

  Purchase& purchase_;
  RequestContext& ctx_;
  upstream::Client& upstream_;
  Attempts attempts_;
  Timer pause_;
  Forwarding* live_ = nullptr;
  QuotaLine* line_ = nullptr;
  std::shared_ptr<Lingering> lingering_;  // where the client left and the answer is read all the same
  bool gone_ = false;
  bool noticed_ = false;                                 // it is still there: we are shutting down
  bool sent_ = false;                                    // the last attempt got as far as a connection
  std::optional<std::chrono::milliseconds> full_until_;  // the soonest of the quotas met
};

}  // namespace

Task<> forward(Purchase& purchase, Order order, Body body, upstream::Client& upstream) {
  Run run{purchase, order, std::move(body), upstream};
  co_return co_await run();
}

}  // namespace tsg::pipeline
