#include "pipeline/governed.hpp"

#include <array>

#include "tsg/pipeline/client_network.hpp"

namespace tsg::pipeline {

governance::Charge estimate_of(conversation::Facts const& asked, std::int64_t output_default) {
  governance::Charge c;
  c.input_tokens = static_cast<std::int64_t>(asked.text_bytes) / 4 + 1;
  if (asked.operation == conversation::Operation::chat) {
    auto const each = asked.max_tokens.value_or(output_default);
    if (__builtin_mul_overflow(each, asked.n, &c.output_tokens)) c.output_tokens = INT64_MAX;
  }
  return c;
}

namespace {

governance::Charge charge_of(RequestContext const& ctx, conversation::Facts const& asked) {
  auto charge = estimate_of(asked, ctx.runtime->config.limits.output_tokens_default);
  // Whether an answer is kept under the key is known after the admission only.
  charge.perhaps_replay = ctx.http.head().field("idempotency-key").has_value();
  return charge;
}

void show(RequestContext& ctx, std::string_view unit, governance::Standing::Line const& line) {
  std::string const name{unit};
  ctx.headers.set("x-ratelimit-limit-" + name, std::to_string(line.limit));
  ctx.headers.set("x-ratelimit-remaining-" + name, std::to_string(line.remaining));
  ctx.headers.set("x-ratelimit-reset-" + name, governance::go_duration(line.reset_ns));
}

// A refusal has the headers of the limit that refused.
void show_refusal(RequestContext& ctx, Error const& error) {
  auto const* d = error.peek();
  if (!d || !d->limit || d->rule.ends_with("concurrency")) return;
  governance::Standing::Line line;
  line.limit = std::strtoll(d->limit->limit.c_str(), nullptr, 10);
  line.reset_ns = d->retry_after ? d->retry_after->count() * 1'000'000 : 0;
  show(ctx, d->rule.ends_with("requests_per_minute") ? "requests" : "tokens", line);
}

}  // namespace

Result<> check_access(RequestContext const& ctx, Caller const& caller) {
  bool any = false;
  caller.levels.each_policy([&](governance::AttachedPolicy const&) { any = true; });
  if (!any) return boost::system::in_place_value;
  governance::Facts f;
  f.environment = caller.key->environment;
  f.now = ctx.time;
  f.client = client_address(ctx.http, ctx.runtime->config.trusted_proxies);
  return governance::check_access(caller.levels, f);
}

Result<> check_limits(RequestContext& ctx, Caller const& caller, conversation::Facts const& asked) {
  auto checked =
      governance::Lease::check(caller.levels, charge_of(ctx, asked), ctx.services.clock.steady(), ctx.time);
  if (!checked) show_refusal(ctx, checked.error());
  return checked;
}

Result<governance::Lease> take_limits(RequestContext& ctx, Caller const& caller,
                                      conversation::Facts const& asked) {
  auto taken =
      governance::Lease::take(caller.levels, charge_of(ctx, asked), ctx.services.clock.steady(), ctx.time);
  if (!taken) {
    show_refusal(ctx, taken.error());
    return taken.error();
  }
  auto const& standing = taken->standing();
  if (standing.requests) show(ctx, "requests", *standing.requests);
  if (standing.tokens) show(ctx, "tokens", *standing.tokens);
  for (auto const* line : {&standing.requests, &standing.tokens})
    if (*line) ctx.record.limits.emplace_back((*line)->source, (*line)->limit, (*line)->remaining);
  return taken;
}

void show_limit(RequestContext& ctx, Error const& refusal) {
  if (refusal.code() == Errc::rate_limited) show_refusal(ctx, refusal);
}

void copy_governed_headers(http::Headers const& from, http::Headers& to) {
  constexpr std::array kNames{"x-ratelimit-limit-requests",
                              "x-ratelimit-remaining-requests",
                              "x-ratelimit-reset-requests",
                              "x-ratelimit-limit-tokens",
                              "x-ratelimit-remaining-tokens",
                              "x-ratelimit-reset-tokens",
                              "x-tsg-max-tokens"};
  for (auto const* name : kNames)
    if (auto const value = from.get(name); !value.empty()) to.set(name, value);
}

}  // namespace tsg::pipeline
