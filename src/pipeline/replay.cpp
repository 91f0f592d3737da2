#include "pipeline/replay.hpp"

#include "pipeline/answer_filter.hpp"
#include "pipeline/settlement.hpp"
#include "tsg/core/log.hpp"
#include "tsg/store/claimed_before.hpp"

namespace tsg::pipeline {
namespace {

constexpr std::string_view kStream = "text/event-stream";

// One chunk for each event, as the first time.
Task<> send_events(RequestContext& ctx, std::string_view events) {
  auto begun = co_await ctx.http.begin(200, ctx.headers);
  if (!begun) co_return begun.error();
  while (!events.empty()) {
    auto const end = events.find("\n\n");
    auto const event = events.substr(0, end == std::string_view::npos ? end : end + 2);
    auto written = co_await ctx.http.write(event);
    if (!written) co_return written.error();
    events.remove_prefix(event.size());
  }
  co_return co_await ctx.http.finish();
}

}  // namespace

Task<> replay(RequestContext& ctx, Caller const& caller, Understood const& understood, Bought bought) {
  auto const& answer = bought.answer;
  auto held = ctx.services.bodies.answer();
  // Sealed and opened.
  if (!held.hold(2 * answer.sealed_body.size()))
    co_return Error{Errc::overloaded,
                    "This gateway has no memory for the stored answer now: try again shortly."};
  bool const events = answer.content_type.starts_with(kStream);
  std::optional<std::string> body;
  auto passed = co_await ctx.services.offload.run(
      answer.sealed_body.size(), ctx.runtime->config.limits.offload_bytes, [&]() -> Result<> {
        body = open_answer(ctx.services.answer_key, bought.place, answer);
        if (!body || answer.status >= 300) return boost::system::in_place_value;
        return filter_stored({caller.levels, understood.body.prompt, ctx.record}, events, *body);
      });
  if (!body) {
    log::error("request {}: the stored answer of {} does not open",
               {ctx.id.text(), answer.request_id.text()});
    co_return store::claimed_before(Errc::idempotency_indeterminate, answer.request_id);
  }
  if (!passed) co_return passed.error();
  auto const original = answer.request_id.text();
  ctx.headers.set("idempotent-replayed", "true");
  ctx.headers.set("x-tsg-original-request-id", original);
  ctx.headers.set("content-type", answer.content_type);
  if (answer.status >= 400) ctx.headers.set("x-should-retry", "false");
  ctx.record.replayed = true;
  ctx.record.original_request_id = original;
  ctx.record.commitment_response = understood.commitments.of(*body);
  auto recorded = co_await record_replay(ctx, answer.status);
  if (!recorded) co_return recorded.error();
  if (!events) co_return co_await ctx.http.respond(answer.status, ctx.headers, *body);
  ctx.headers.set("cache-control", "no-cache, no-transform");
  ctx.headers.set("x-accel-buffering", "no");
  co_return co_await send_events(ctx, *body);
}

}  // namespace tsg::pipeline
