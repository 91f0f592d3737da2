// The client port: health, key auth, endpoint table, chain; one record and one exit for every request.

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include "pipeline/chain.hpp"
#include "pipeline/endpoints.hpp"
#include "pipeline/governed.hpp"
#include "pipeline/key_auth.hpp"
#include "pipeline/settlement.hpp"
#include "pipeline/strangers.hpp"
#include "pipeline/sums.hpp"
#include "tsg/core/log.hpp"
#include "tsg/core/secret_shape.hpp"
#include "tsg/http/sse.hpp"
#include "tsg/pipeline/client_network.hpp"
#include "tsg/pipeline/error_response.hpp"
#include "tsg/pipeline/handler.hpp"
#include "tsg/pipeline/metrics.hpp"

namespace tsg::pipeline {
namespace {

// audit.head is due within a second of a commit. Where it lags, nobody outside could tell if the log lost its
// end: after a while the store admits nothing more, and this says why.
constexpr std::chrono::seconds kHeadOverdueMost{30};

// Of an answer whose x-request-id no record names: "summed" with others, or "none", because it was no
// request.
constexpr std::string_view kRecordHeader = "x-tsg-record";

class ClientApi final : public server::Handler {
 public:
  ClientApi(Services& services, upstream::Client& upstream) : services_{services}, chain_{upstream} {}

  Task<> handle(server::Exchange& exchange) override {
    auto const& path = exchange.head().path;
    if (is_health(path)) co_return co_await health(exchange, path.starts_with("/readyz"));
    if (path == "/" && reads(exchange.head().method)) co_return co_await greet(exchange);
    services_.metrics.inflight(1);
    auto done = co_await serve(exchange);
    services_.metrics.inflight(-1);
    co_return done;
  }

  // Refused before it was a request: answered, not recorded (only what got past the head check is). Who asks
  // during the drain, or where no place is left, whether we are alive is told so.
  Task<> refuse(server::Exchange& exchange, Error error) override {
    auto const& path = exchange.head().path;
    if (error.code() == Errc::overloaded && is_health(path))
      co_return co_await health(exchange, path.starts_with("/readyz"));
    auto const id = ids_.next(services_.clock.wall()).text();
    auto response = to_response(error, id);
    response.headers.set(kRecordHeader, "none");
    services_.metrics.request_done("refused", "", response.status, {});
    co_return co_await exchange.respond(response.status, response.headers, response.body);
  }

 private:
  static bool is_health(std::string_view path) noexcept {
    if (path.ends_with('/')) path.remove_suffix(1);
    return path == "/healthz" || path == "/readyz";
  }
  static bool reads(http::Method method) noexcept {
    return method == http::Method::get || method == http::Method::head;
  }

  Task<> greet(server::Exchange& exchange) {
    auto const page = front_page(exchange.head());
    http::Headers headers;
    headers.set("content-type", page.type);
    headers.set("vary", "accept");
    headers.set("x-content-type-options", "nosniff");
    headers.set("content-security-policy", "default-src 'none'; frame-ancestors 'none'");
    co_return co_await exchange.respond(200, headers, page.body);
  }

  Task<> health(server::Exchange& exchange, bool readiness) {
    auto const method = exchange.head().method;
    auto const why_not = readiness ? unready() : std::string_view{};
    http::Headers headers;
    headers.set("content-type", "application/json");
    headers.set("cache-control", "no-store");
    if (!reads(method)) {
      headers.set("allow", "GET, HEAD");
      co_return co_await exchange.respond(405, headers, R"({"status":"method not allowed"})");
    }
    if (why_not.empty()) co_return co_await exchange.respond(200, headers, R"({"status":"ok"})");
    headers.set("retry-after", "1");
    co_return co_await exchange.respond(503, headers, why_not);
  }

  std::string_view unready() const noexcept {
    if (services_.store.head_overdue() > kHeadOverdueMost) return R"({"status":"audit head not writable"})";
    if (!services_.store.healthy()) return R"({"status":"audit log not writable"})";
    if (services_.draining.load(std::memory_order_relaxed)) return R"({"status":"draining"})";
    return {};
  }

  Task<> serve(server::Exchange& exchange) {
    auto const now = services_.clock.wall();
    RequestContext ctx{exchange, services_, services_.runtime.load(), ids_.next(now), now};
    correlate(ctx);
    if (services_.draining.load(std::memory_order_relaxed)) exchange.close_after();

    std::string_view route = "other";
    std::optional<Caller> caller;  // once it is known
    std::optional<Error> failure;
    try {
      auto done = co_await run(ctx, caller, route);
      if (!done) failure = done.error();
    } catch (std::exception const& bug) {  // co_await is not allowed in here
      failure = error_of(ctx.id, bug);
    }
    Result<> answered = boost::system::in_place_value;
    if (failure) answered = co_await answer_failure(ctx, caller ? &*caller : nullptr, std::move(*failure));
    auto const total = services_.clock.steady() - exchange.started_at();
    services_.metrics.request_done(route, ctx.record.provider, ctx.record.status,
                                   std::chrono::duration_cast<std::chrono::microseconds>(total));
    co_return answered;
  }

  void correlate(RequestContext& ctx) {
    auto const& head = ctx.http.head();
    ctx.record.client_net = client_network(ctx.http, ctx.runtime->config.trusted_proxies);
    if (auto const id = head.field("x-request-id"))
      ctx.record.correlation_id = without_secrets(http::valid_correlation_id(*id));  // some send their key
    if (head.count("traceparent") == 1)
      if (auto const trace = http::valid_traceparent(*head.field("traceparent")); !trace.empty())
        ctx.record.trace_id = trace.substr(3, 32);
    ctx.headers.set("x-request-id", ctx.id.text());
  }

  Task<> run(RequestContext& ctx, std::optional<Caller>& known, std::string_view& route) {
    auto found_key = authenticate(ctx.http.head(), services_, ctx.time);
    if (!found_key) co_return found_key.error();
    auto const& caller = known.emplace(std::move(*found_key));
    name_caller(ctx.record, caller);
    auto const found = find_endpoint(ctx.http.head());
    if (!found.endpoint) co_return Error{Errc::not_found, nothing_here(ctx.http.head().path)};
    route = found.endpoint->name;
    ctx.record.path = route;
    if (!found.allow.empty()) {
      Error error{Errc::method_not_allowed};
      error.details().allow = found.allow;
      co_return error;
    }
    auto access = check_access(ctx, caller);
    if (!access) co_return access.error();
    using Kind = Endpoint::Kind;
    switch (found.endpoint->kind) {
      case Kind::chat:
        co_return co_await chain_(ctx, caller, providers::Operation::chat);
      case Kind::embeddings:
        co_return co_await chain_(ctx, caller, providers::Operation::embeddings);
      case Kind::models:
        co_return co_await answer_json(ctx, caller, list_models(*ctx.runtime, caller, ctx.time));
      case Kind::model:
        co_return co_await answer_json(ctx, caller, show_model(*ctx.runtime, caller, ctx.time, found.rest));
      case Kind::usage: {
        auto body = co_await own_usage(services_.store, *ctx.runtime, caller, ctx.time);
        co_return co_await answer_json(ctx, caller, std::move(body));
      }
    }
    co_return Error{Errc::internal};
  }

  Task<> answer_json(RequestContext& ctx, Caller const& caller, Result<std::string> body) {
    if (!body) co_return body.error();
    ctx.record.verdict = "allow";
    ctx.record.status = 200;
    if (deserves_record(ctx, caller, governance::Uncharged::aside, "200")) {
      std::string fields;
      audit::append_fields(fields, ctx.record);
      auto recorded = co_await services_.store.append(std::move(fields));
      if (!recorded) co_return recorded.error();
    } else {
      ctx.headers.set(kRecordHeader, "summed");
    }
    ctx.recorded = true;
    ctx.headers.set("content-type", "application/json");
    co_return co_await ctx.http.respond(200, ctx.headers, *body);
  }

  // `caller`: nullptr = a stranger, or it broke before anybody was known.
  Task<> answer_failure(RequestContext& ctx, Caller const* caller, Error error) {
    bool summed = false;
    if (!ctx.recorded) {  // refused before the admission: what was admitted has been settled by the chain
      if (refusal_deserves_record(ctx, caller, error)) {
        if (auto const* d = error.peek(); d && error.code() == Errc::invalid_api_key && !d->log.empty()) {
          log::warn("request {}: refused, {} came", {ctx.id.text(), d->log});
          ctx.record.detail = d->log;
        }
        auto recorded = co_await record_refusal(ctx, error);
        if (!recorded) error = recorded.error();
      } else {
        summed = true;
      }
    }
    ctx.record.status = status_of(error);
    if (ctx.http.started()) co_return error;  // a stream: its own end has been written
    if (error.code() == Errc::client_gone) co_return error;
    auto response = to_response(error, ctx.id.text());
    if (!ctx.record.attempts.empty())
      response.headers.set("x-tsg-attempts", std::to_string(ctx.record.attempts.size()));
    if (!ctx.record.original_request_id.empty())  // of an Idempotency-Key: what to look up
      response.headers.set("x-tsg-original-request-id", ctx.record.original_request_id);
    if (summed) response.headers.set(kRecordHeader, "summed");
    copy_governed_headers(ctx.headers, response.headers);
    co_return co_await ctx.http.respond(response.status, response.headers, response.body);
  }

  bool refusal_deserves_record(RequestContext& ctx, Caller const* caller, Error const& error) {
    if (caller != nullptr) {
      auto const status = status_of(error);
      bool const own_doing = status < 500 && error.code() != Errc::rate_limited;
      auto const kind = own_doing ? governance::Uncharged::refusal : governance::Uncharged::aside;
      return deserves_record(ctx, *caller, kind, std::to_string(status) + ' ' + std::string{code_of(error)});
    }
    if (error.code() != Errc::invalid_api_key) return true;
    auto const per_second = ctx.runtime->config.limits.unauthorized_per_second;
    if (strangers_.deserves_record(ctx.record.client_net, ctx.time, per_second)) return true;
    if (!std::exchange(flush_scheduled_, true))
      co_spawn(ctx.http.executor(), flush_later(), boost::asio::detached);
    return false;
  }

  bool deserves_record(RequestContext& ctx, Caller const& caller, governance::Uncharged kind,
                       std::string_view what) {
    auto const room = governance::Lease::count(caller.levels, kind, services_.clock.steady());
    auto const per_second = ctx.runtime->config.limits.refused_per_second;
    auto const verdict = services_.refusals.note(*caller.key, what, room, per_second, ctx.time);
    if (verdict.begin)
      co_spawn(ctx.http.executor(), write_sums(services_, ctx.http.executor()), boost::asio::detached);
    return verdict.own_record;
  }

  // Ends by itself after a second; the handler outlives its io_context's run.
  Awaitable<> flush_later() {
    Unwritten const counted{services_};
    boost::asio::basic_waitable_timer<Steady, boost::asio::wait_traits<Steady>, Executor> timer{
        co_await boost::asio::this_coro::executor, std::chrono::seconds{1}};
    co_await timer.async_wait(use_tuple);
    flush_scheduled_ = false;
    auto const n = strangers_.take_counted();
    if (n == 0) co_return;
    services_.metrics.unauthorized_counted(n);
    audit::Record record;
    record.kind = "unauthorized.count";
    record.time = services_.clock.wall();
    record.verdict = "deny";
    record.status = 401;
    record.code = "invalid_api_key";
    record.count = static_cast<std::int64_t>(n);
    std::string fields;
    audit::append_fields(fields, record);
    (void)co_await services_.store.append(std::move(fields));
  }

  Services& services_;
  Chain chain_;
  RequestIdSource ids_;
  Strangers strangers_;
  bool flush_scheduled_ = false;
};

}  // namespace

std::unique_ptr<server::Handler> make_client_api(Services& services, upstream::Client& upstream) {
  return std::make_unique<ClientApi>(services, upstream);
}

}  // namespace tsg::pipeline
