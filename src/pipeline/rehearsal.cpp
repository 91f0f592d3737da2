#include "tsg/pipeline/rehearsal.hpp"

#include "pipeline/decision.hpp"
#include "pipeline/governed.hpp"

namespace tsg::pipeline {

Rehearsal rehearse(Services& services, Hypothesis what) {
  Rehearsal out;
  auto const runtime = services.runtime.load();
  auto const world = services.world.load();
  auto const levels = world->levels(what.key);
  auto const refuse = [&](Error error) {
    out.refusal = std::move(error);
    return out;
  };
  bool const dead = what.key.revoked || what.key.disabled || what.now >= what.key.expires_at;
  if (!levels || dead)
    return refuse(Error{Errc::invalid_api_key, "The key, its team or its organisation is not active."});
  out.policy_version = levels->policy_version();
  levels->each_policy([&](governance::AttachedPolicy const& p) { out.policies.push_back(p.source); });
  levels->each_limit([&](auto const& l) { out.limits.push_back(l->source); });

  governance::Facts facts;
  facts.environment = what.key.environment;
  facts.now = what.now;
  facts.client = what.client;
  auto access = governance::check_access(*levels, facts);
  if (!access) return refuse(access.error());

  Question question{*runtime, what.key, *levels, what.now};
  question.operation = what.operation;
  Decision decision;
  auto decided = decide(question, std::move(what.body), decision);
  out.matched = std::move(decision.matched);
  out.candidates = std::move(decision.candidates);
  out.max_tokens = decision.max_tokens;
  for (auto const& target : decision.plan.targets) out.candidates.emplace_back(target.name(), "allowed");
  if (!decided) return refuse(decided.error());
  auto const charge = estimate_of(*decision.chat, runtime->config.limits.output_tokens_default);
  auto standing = governance::Lease::look(*levels, charge, services.clock.steady(), services.clock.wall());
  if (!standing) return refuse(standing.error());
  out.standing = std::move(*standing);
  return out;
}

}  // namespace tsg::pipeline
