// The terminal stage: encode, send with proof of hold and slot, hand the answer to the right pump.
#include "pipeline/forward.hpp"

#include <algorithm>

#include "pipeline/chain.hpp"
#include "pipeline/metering.hpp"
#include "tsg/pipeline/handler.hpp"
#include "tsg/pipeline/metrics.hpp"

namespace tsg::pipeline {
namespace {

constexpr std::size_t kErrorBodyMax = 1 << 20;

// IDM-12: what the provider decided about the request itself is the answer, also next time.
bool deterministic(Errc code) noexcept {
  return code == Errc::provider_rejected || code == Errc::context_length_exceeded ||
         code == Errc::content_filter;
}

class Forward final : public Middleware {
 public:
  explicit Forward(upstream::Client& upstream) : upstream_{upstream} {}
  std::string_view name() const noexcept override { return "forward"; }

  Task<> handle(RequestContext& ctx, Next) override {
    auto const& target = ctx.plan.targets[ctx.target];
    ctx.record.provider = target.provider->id;
    auto const* adapter = providers::adapter_for(config::to_string(target.provider->dialect));
    if (!adapter) {
      Outcome refused;
      co_return co_await refuse(ctx, Error{Errc::unsupported_parameter,
                                           "This build does not speak the provider's dialect.", "model"});
    }
    Forwarding f{ctx, *adapter};

    auto const encode = encode_context(ctx, target);
    auto encoded = adapter->encode(*ctx.chat, encode);
    if (!encoded) co_return co_await refuse(ctx, encoded.error());
    auto const stored = ctx.services.stored_credentials.load();
    auto const* credential =
        pick_credential(ctx.runtime->credentials, *stored, target.provider->id, ctx.key->org, ctx.id);
    if (!credential)
      co_return co_await refuse(ctx,
                                Error{Errc::provider_auth_failed, "The provider has no usable credential."});
    ctx.record.credential = credential->name;
    ctx.record.dropped_parameters = std::move(encoded->dropped);

    f.decode.wire = encoded->wire;
    f.decode.operation = ctx.operation;
    f.decode.family = encode.family;
    f.decode.asked_model = ctx.chat->model;
    f.decode.id = "chatcmpl-" + ctx.id.text();
    f.decode.created = ctx.time.ms() / 1000;
    f.decode.include_usage = ctx.chat->include_usage;
    f.decode.base64_embeddings = ctx.chat->encoding_format == "base64";
    bool const stream = encoded->stream;

    upstream::Request request = upstream_request(ctx, target, *adapter, std::move(*encoded), *credential);
    // The client's bytes are on their way in another form: what a long stream keeps is small.
    (void)std::move(ctx.chat->document).release();

    // A client that leaves takes the provider's connection with it, whatever we are waiting for.
    ctx.http.watch_client([this, &f] {
      if (f.answer)
        f.answer->close();
      else
        upstream_.abort(f.progress);
    });
    auto done = co_await exchange(f, std::move(request), stream);
    ctx.http.unwatch_client();
    co_return done;
  }

 private:
  // Refused by ourselves after admission: nothing was sent.
  static Task<> refuse(RequestContext& ctx, Error error) {
    Outcome outcome;
    outcome.release = true;
    outcome.complete = false;
    outcome.status = status_of(error);
    outcome.code = code_of(error);
    auto settled = co_await settle(ctx, std::move(outcome));
    if (!settled) co_return settled.error();
    co_return error;
  }

  static providers::EncodeContext encode_context(RequestContext const& ctx, routing::Target const& target) {
    providers::EncodeContext e;
    e.model = target.model;
    e.family = target.model ? target.model
                            : ctx.runtime->catalog->family(config::to_string(target.provider->dialect),
                                                           target.upstream_model);
    e.upstream_model = target.upstream_model;
    e.output_limit = ctx.output_limit;
    e.recall = [&ctx](std::string_view call_id) {
      return ctx.services.memory.recall(ctx.key->org, ctx.key->id, call_id, ctx.time);
    };
    switch (target.provider->api) {
      case config::TextApi::automatic:
        e.api = "auto";
        break;
      case config::TextApi::chat:
        e.api = "chat";
        break;
      case config::TextApi::responses:
        e.api = "responses";
        break;
    }
    return e;
  }

  static upstream::Request upstream_request(RequestContext const& ctx, routing::Target const& target,
                                            providers::ProviderAdapter const& adapter,
                                            providers::UpstreamRequest encoded,
                                            ProviderCredential const& credential) {
    upstream::Request r;
    r.base = &target.provider->base_url;
    r.ca_file = target.provider->ca_file.native();
    r.path = target.provider->base_url.path + encoded.path;
    r.headers = std::move(encoded.headers);
    adapter.authorize(r.headers, credential.key);
    if (target.provider->forward_trace && !ctx.record.trace_id.empty())
      if (auto parent = ctx.http.head().field("traceparent")) r.headers.set("traceparent", *parent);
    r.body = std::move(encoded.body);
    return r;
  }

  Task<> exchange(Forwarding& f, upstream::Request request, bool stream) {
    auto& ctx = f.ctx;
    auto const& t = ctx.runtime->config.timeouts;
    upstream::Deadlines deadlines{ctx.deadline, t.dial, t.first_byte, t.stream_idle};
    ctx.services.store.mark_dispatched(ctx.hold);
    f.sent_at = ctx.services.clock.steady();
    auto sent = co_await upstream_.send(std::move(request), deadlines, f.progress, ctx.hold, ctx.slot);
    if (!sent) co_return co_await fail(f, sent.error(), estimate_of_answer(ctx, std::nullopt));
    f.answer = std::move(*sent);
    ctx.record.latency_first_byte_us =
        std::chrono::duration_cast<std::chrono::microseconds>(ctx.services.clock.steady() - f.sent_at)
            .count();
    int const status = f.answer->status();
    if (status >= 200 && status < 300) {
      // A stream that was asked for may still come as one body (an error inside a 200).
      auto const type = f.answer->field("content-type").value_or("");
      if (stream && type.find("text/event-stream") != std::string_view::npos)
        co_return co_await forward_stream(f);
      co_return co_await forward_plain(f);
    }
    co_return co_await provider_error(f, status);
  }

  static Task<> provider_error(Forwarding& f, int status) {
    catalog::Usage const nothing;
    std::string body;
    while (body.size() < kErrorBodyMax) {
      auto n = co_await f.answer->read_some(body);
      if (!n && n.error().code() == Errc::client_gone) co_return co_await fail(f, n.error(), nothing);
      if (!n || *n == 0) break;
    }
    auto const field = [&f](std::string_view name) {
      return f.answer->field(name).value_or(std::string_view{});
    };
    Error error = f.adapter.decode_error(status, body, field);
    error.details().dispatched = false;  // it answered that it did not do it: nothing is billed
    co_return co_await fail(f, std::move(error), nothing);
  }

  upstream::Client& upstream_;
};

}  // namespace

void add_answer_headers(RequestContext& ctx) {
  auto const& target = ctx.plan.targets[ctx.target];
  ctx.headers.set("x-tsg-provider", target.provider->id);
  ctx.headers.set("x-tsg-model", ctx.record.model_served);
  // A stream's head leaves while its attempt is under way, which is recorded at its end.
  auto const attempts = std::max<std::size_t>(1, ctx.record.attempts.size());
  ctx.headers.set("x-tsg-attempts", std::to_string(attempts));
}

Task<> fail(Forwarding& f, Error error, catalog::Usage used) {
  auto& ctx = f.ctx;
  auto const* d = error.peek();
  bool const gone = error.code() == Errc::client_gone;
  // Sent and not refused: the provider may have done the work.
  bool const billed = f.answer ? (f.answer->status() < 300)
                               : (gone ? f.progress.stage > upstream::Stage::dial : (d && d->dispatched));
  Outcome outcome;
  outcome.release = !billed;
  outcome.complete = false;
  outcome.status = status_of(error);
  outcome.code = code_of(error);
  if (billed) {
    outcome.usage = std::move(used);
    outcome.invalid = outcome.usage.invalid;
    outcome.indeterminate = true;
  } else if (ctx.recording && deterministic(error.code()) && !ctx.http.started()) {
    ctx.recording->add(to_response(error, ctx.id.text()).body);
    outcome.keep_as = "application/json";
  }

  audit::Attempt attempt;
  attempt.target = ctx.plan.targets[ctx.target].name();
  attempt.credential = ctx.record.credential;
  attempt.stage = upstream::to_string(f.progress.stage);
  attempt.outcome = to_string(error.code());
  attempt.status = f.answer ? f.answer->status() : 0;
  attempt.ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(ctx.services.clock.steady() - f.sent_at).count();
  ctx.record.attempts.push_back(std::move(attempt));
  if (d && !d->log.empty()) ctx.record.detail = d->log;
  if (d && !d->rule.empty()) ctx.record.rule = d->rule;
  ctx.services.metrics.upstream_attempt(ctx.record.provider, to_string(error.code()));

  f.answer.reset();  // a half-read answer closes its connection now, not after the commit
  error.details().billed = billed;
  auto settled = co_await settle(ctx, std::move(outcome));
  if (!settled) co_return settled.error();
  co_return error;
}

std::unique_ptr<Middleware> make_forward(upstream::Client& upstream) {
  return std::make_unique<Forward>(upstream);
}

}  // namespace tsg::pipeline
