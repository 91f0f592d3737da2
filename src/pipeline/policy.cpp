// May they: reads the body and asks for a decision (decision.cpp). What it says goes into what is understood,
// the record and the headers; rate limits are looked at here and taken with the admission.
#include "pipeline/policy.hpp"

#include "pipeline/decision.hpp"
#include "pipeline/facts.hpp"
#include "pipeline/governed.hpp"
#include "pipeline/idempotency_key.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/governance/filter.hpp"

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

// What came of it, for the record and the headers; also where it is a refusal.
void note(RequestContext& ctx, Decision& decision) {
  auto& record = ctx.record;
  if (decision.chat) {
    record.model_requested = decision.chat->model.substr(0, 256);
    record.stream = decision.chat->stream;
  }
  for (auto& c : decision.candidates) record.candidates.push_back(std::move(c));
  for (auto& m : decision.matched)
    record.matched.emplace_back(std::move(m.source), std::move(m.rule), std::move(m.effect));
  if (decision.max_tokens) ctx.headers.set("x-tsg-max-tokens", std::to_string(*decision.max_tokens));
  record.route = decision.plan.route;
}

// All that takes long where the body is large. Nothing in here may touch the connection.
Result<Understood> judge_body(RequestContext& ctx, Caller const& caller, Question const& question,
                              std::string body, Commitments commitments) {
  // Of the bytes as they came: a redaction must not make two different bodies one.
  std::optional<Digest> print;
  if (ctx.http.head().field("idempotency-key")) print = fingerprint(ctx.record.path, body);
  Decision decision;
  auto decided = decide(question, std::move(body), decision);
  note(ctx, decision);
  if (!decided) return decided.error();
  Understood out{Body{std::move(*decision.chat)}, std::move(commitments)};
  out.plan = std::move(decision.plan);
  out.fingerprint = print;
  out.lower_over_budget = std::move(decision.lower_over_budget);
  // Of the request as it will be sent: redaction and a lowered max_tokens change what a target must be fit
  // for.
  auto fit = strike_unfit(out.plan, out.body.prompt, caller, *ctx.runtime, ctx.services.commitment_key,
                          ctx.record.candidates);
  if (!fit) return fit.error();
  out.facts = std::move(*fit);
  return out;
}

}  // namespace

Task<Understood> understand(RequestContext& ctx, Caller const& caller, conversation::Operation operation) {
  auto media = check_media_type(ctx.http.head());
  if (!media) co_return media.error();
  auto const& limits = ctx.runtime->config.limits;
  auto held = ctx.services.bodies.request();
  auto body =
      co_await ctx.http.read_body(limits.body_bytes, [&held](std::size_t bytes) { return held.hold(bytes); });
  if (!body) co_return body.error();
  Commitments commitments{ctx.services.commitment_key, caller.key->org, ctx.id};
  auto committed = co_await commitments.of_body(*body, ctx.http.executor());
  if (!committed) co_return committed.error();
  ctx.record.commitment_request = std::move(*committed);
  auto const strict = asks_to_be_strict(ctx.http.head());
  if (!strict) co_return strict.error();
  Question question{*ctx.runtime, *caller.key, caller.levels, ctx.time};
  question.operation = operation;
  question.strict = *strict;
  // Each content rule reads it once more.
  auto const rules = governance::ContentRules{caller.levels, governance::Side::prompt}.rules().size();
  auto const bytes = body->size() * (1 + rules);
  auto understood = co_await ctx.services.offload.run(bytes, limits.offload_bytes, [&] {
    return judge_body(ctx, caller, question, std::move(*body), std::move(commitments));
  });
  if (!understood) co_return understood.error();
  understood->body.held = std::move(held);
  auto const& asked = understood->body.prompt;
  // Many small messages take more than their bytes.
  if (!understood->body.held.hold(asked.document.text().size() + asked.bytes()))
    co_return Error{Errc::overloaded, "This gateway has no room for a request of so many parts now."};
  if (asked.stream) {
    understood->stream_slot = ctx.services.streams.take(limits.streams);
    if (!understood->stream_slot)
      co_return Error{Errc::overloaded, "This gateway has no room for another stream now."};
  }
  auto room = check_limits(ctx, caller, asked);
  if (!room) co_return room.error();
  co_return std::move(*understood);
}

}  // namespace tsg::pipeline
