#include "tsg/governance/decide.hpp"

#include <algorithm>

#include "tsg/core/bytes.hpp"
#include "tsg/routing/resolver.hpp"

namespace tsg::governance {
namespace {

bool any_match(std::vector<std::string> const& patterns, std::string_view name) {
  return std::any_of(patterns.begin(), patterns.end(),
                     [&](std::string const& p) { return glob_match(p, name); });
}

bool denies_model(std::vector<std::string> const& patterns, Candidate const& c) {
  return routing::denied(patterns, c.provider, c.model) ||
         (!c.catalogue_model.empty() && routing::denied(patterns, c.provider, c.catalogue_model));
}

bool allows_model(std::vector<std::string> const& patterns, Candidate const& c) {
  return routing::allowed(patterns, c.provider, c.model, c.default_instance) ||
         (!c.catalogue_model.empty() &&
          routing::allowed(patterns, c.provider, c.catalogue_model, c.default_instance));
}

std::string target_of(Candidate const& c) {
  return routing::target_name(c.provider, c.model.substr(0, 200));
}

struct Feature {  // something a request may use and a policy may forbid
  bool Facts::*used;
  bool Policy::*allowed;
  std::string_view rule, message;
};
constexpr Feature kFeatures[] = {
    {&Facts::tools, &Policy::tools, "tools", "Tools are not allowed."},
    {&Facts::server_tools, &Policy::server_tools, "server_tools", "Tools of the provider are not allowed."},
    {&Facts::images, &Policy::images, "images", "Images are not allowed."},
    {&Facts::audio, &Policy::audio, "audio", "Audio is not allowed."},
    {&Facts::files, &Policy::files, "files", "Files are not allowed."},
};

std::optional<Error> refuse_access(AttachedPolicy const& at, Facts const& f) {
  Policy const& p = at.value;
  if (p.environments &&
      std::find(p.environments->begin(), p.environments->end(), f.environment) == p.environments->end())
    return denied(at.source, "environments",
                  "Keys of environment '" + std::string{f.environment} + "' may not call.");
  if (p.time && !p.time->open(f.now))
    return denied(at.source, "time", "Calls are not allowed at this time of the week.");
  if (p.networks && std::none_of(p.networks->begin(), p.networks->end(),
                                 [&](Network const& n) { return n.contains(f.client); }))
    return denied(at.source, "networks", "Calls are not allowed from this network.");
  return std::nullopt;
}

std::optional<Error> refuse(AttachedPolicy const& at, Facts const& f) {
  Policy const& p = at.value;
  for (auto const& feature : kFeatures)
    if (f.*feature.used && !(p.*feature.allowed))
      return denied(at.source, std::string{feature.rule}, std::string{feature.message});
  if (p.max_input_bytes && f.input_bytes > *p.max_input_bytes)
    return denied(at.source, "max_input_bytes",
                  "The input has " + std::to_string(f.input_bytes) + " bytes of text; at most " +
                      std::to_string(*p.max_input_bytes) + " are allowed.");
  if (p.require_user && !f.user) return denied(at.source, "require_user", "The member 'user' is required.");
  if (p.max_tokens && !p.clamp_max_tokens && f.generates && f.max_tokens && *f.max_tokens > *p.max_tokens)
    return denied(at.source, "max_tokens",
                  "At most " + std::to_string(*p.max_tokens) + " output tokens may be asked for.");
  return std::nullopt;
}

}  // namespace

Error denied(std::string const& source, std::string const& rule, std::string message) {
  Error error{Errc::policy_denied, std::move(message)};
  error.details().rule = source + " " + rule;
  return error;
}

Result<> check_access(Levels const& levels, Facts const& facts) {
  std::optional<Error> refusal;
  levels.each_policy([&](AttachedPolicy const& at) {
    if (!refusal) refusal = refuse_access(at, facts);
  });
  if (refusal) return *refusal;
  return boost::system::in_place_value;
}

Result<Allowed> check_request(Levels const& levels, Facts const& facts) {
  Allowed out;
  std::optional<Error> refusal;
  bool keep_whole = false;
  levels.each_policy([&](AttachedPolicy const& at) {
    if (refusal) return;
    refusal = refuse(at, facts);
    out.strict_parameters |= at.value.strict_parameters;
    if (auto const lower = at.value.lower_over_budget) {
      keep_whole |= !*lower;
      if (*lower) out.lower_over_budget = at.source;
    }
    auto const most = at.value.max_tokens;
    if (refusal || !most || !facts.generates) return;
    // A limit holds also for who names none: then it is sent upstream.
    if (facts.max_tokens && *facts.max_tokens <= *most) return;
    if (out.max_tokens && *out.max_tokens <= *most) return;
    out.max_tokens = *most;
    out.matched.emplace_back(at.source, "max_tokens", "clamp " + std::to_string(*most));
  });
  if (refusal) return *refusal;
  if (keep_whole) out.lower_over_budget.clear();
  return out;
}

std::optional<Error> check_target(Levels const& levels, Candidate const& c) {
  std::optional<Error> refusal;
  levels.each_policy([&](AttachedPolicy const& at) {
    if (refusal) return;
    Policy const& p = at.value;
    if (denies_model(p.models.deny, c))
      refusal = denied(at.source, "models.deny", "The model '" + target_of(c) + "' is denied.");
    else if (p.models.allow && !allows_model(*p.models.allow, c))
      refusal =
          denied(at.source, "models.allow", "The model '" + target_of(c) + "' is not among the allowed.");
    else if (any_match(p.providers.deny, c.provider))
      refusal =
          denied(at.source, "providers.deny", "The provider '" + std::string{c.provider} + "' is denied.");
    else if (c.searches && !p.server_tools)
      refusal = denied(at.source, "server_tools",
                       "The model '" + target_of(c) +
                           "' searches the web by itself, and tools of the provider are not allowed.");
    else if (p.providers.allow && !any_match(*p.providers.allow, c.provider))
      refusal = denied(at.source, "providers.allow",
                       "The provider '" + std::string{c.provider} + "' is not among the allowed.");
    else
      for (auto const& tag : p.provider_tags)
        if (std::find(c.tags.begin(), c.tags.end(), tag) == c.tags.end()) {
          refusal =
              denied(at.source, "provider_tags",
                     "The provider '" + std::string{c.provider} + "' does not carry the tag '" + tag + "'.");
          return;
        }
  });
  return refusal;
}

}  // namespace tsg::governance
