// May they: reads the body and asks for a decision (decision.cpp). What it says goes into the context, the
// record and the headers; rate limits are looked at here and taken with the admission.
#include "pipeline/chain.hpp"
#include "pipeline/commitments.hpp"
#include "pipeline/decision.hpp"
#include "pipeline/facts.hpp"
#include "pipeline/governed.hpp"
#include "pipeline/idempotency_key.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/governance/filter.hpp"
#include "tsg/pipeline/context.hpp"

namespace tsg::pipeline {
namespace {

Result<> check_media_type(http::RequestHead const& head) {
  auto const encoding = head.field("content-encoding");
  if (encoding && !iequals(*encoding, "identity")) return Error{Errc::unsupported_media_type};
  auto const type = head.field("content-type");
  if (!type) return Error{Errc::unsupported_media_type};
  auto media = type->substr(0, type->find(';'));
  while (!media.empty() && (media.back() == ' ' || media.back() == '\t')) media.remove_suffix(1);
  if (!iequals(media, "application/json")) return Error{Errc::unsupported_media_type};
  return boost::system::in_place_value;
}

// The header of a client that would rather be refused than served without a parameter.
Result<bool> asks_to_be_strict(http::RequestHead const& head) {
  auto const value = head.field("x-tsg-strict");
  if (!value || *value == "0" || iequals(*value, "false")) return false;
  if (*value == "1" || iequals(*value, "true")) return true;
  return Error{Errc::bad_request, "The header x-tsg-strict must be 1 or 0."};
}

void adopt(RequestContext& ctx, Decision decision) {
  auto& record = ctx.record;
  if (decision.chat) {
    record.model_requested = decision.chat->model.substr(0, 256);
    record.stream = decision.chat->stream;
  }
  for (auto& c : decision.candidates) record.candidates.push_back(std::move(c));
  for (auto& m : decision.matched)
    record.matched.emplace_back(std::move(m.source), std::move(m.rule), std::move(m.effect));
  if (decision.max_tokens) {
    ctx.output_limit = decision.max_tokens;
    ctx.headers.set("x-tsg-max-tokens", std::to_string(*decision.max_tokens));
  }
  ctx.lower_over_budget = std::move(decision.lower_over_budget);
  ctx.chat = std::move(decision.chat);
  ctx.plan = std::move(decision.plan);
  record.route = ctx.plan.route;
}

class Policy final : public Middleware {
 public:
  std::string_view name() const noexcept override { return "policy"; }

  Task<> handle(RequestContext& ctx, Next next) override {
    auto media = check_media_type(ctx.http.head());
    if (!media) co_return media.error();
    auto body = co_await ctx.http.read_body(ctx.runtime->config.limits.body_bytes,
                                            [&ctx](std::size_t bytes) { return ctx.body_held.hold(bytes); });
    if (!body) co_return body.error();
    if (auto committed = co_await commit_request(ctx, *body); !committed) co_return committed.error();
    // Each content rule reads it once more.
    auto const rules = governance::ContentRules{ctx.levels, governance::Side::prompt}.rules().size();
    auto const bytes = body->size() * (1 + rules);
    auto understood = co_await ctx.services.offload.run(bytes, ctx.runtime->config.limits.offload_bytes,
                                                        [&] { return understand(ctx, std::move(*body)); });
    if (!understood) co_return understood.error();
    auto room = make_room(ctx);
    if (!room) co_return room.error();
    co_return co_await next(ctx);
  }

 private:
  // All that takes long where the body is large. Nothing in here may touch the connection.
  static Result<> understand(RequestContext& ctx, std::string body) {
    // Of the bytes as they came: a redaction must not make two different bodies one.
    if (ctx.http.head().field("idempotency-key")) ctx.fingerprint = fingerprint(ctx.record.path, body);
    auto const strict = asks_to_be_strict(ctx.http.head());
    if (!strict) return strict.error();
    Question question{*ctx.runtime, *ctx.key, ctx.levels, ctx.time};
    question.operation = ctx.operation;
    question.strict = *strict;
    Decision decision;
    auto decided = decide(question, std::move(body), decision);
    adopt(ctx, std::move(decision));
    if (!decided) return decided;
    // Of the request as it will be sent: redaction and a lowered max_tokens change what a target must be fit
    // for.
    return strike_unfit(ctx);
  }

  static Result<> make_room(RequestContext& ctx) {
    if (ctx.chat->stream) {
      ctx.stream_slot = ctx.services.streams.take(ctx.runtime->config.limits.streams);
      if (!ctx.stream_slot)
        return Error{Errc::overloaded, "This gateway has no room for another stream now."};
    }
    return check_limits(ctx);
  }
};

}  // namespace

std::unique_ptr<Middleware> make_policy() {
  return std::make_unique<Policy>();
}

}  // namespace tsg::pipeline
