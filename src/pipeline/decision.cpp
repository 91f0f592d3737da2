#include "pipeline/decision.hpp"

#include <algorithm>

#include "tsg/core/secret_shape.hpp"
#include "tsg/governance/json_filter.hpp"
#include "tsg/routing/suggest.hpp"
#include "tsg/surfaces/read.hpp"

namespace tsg::pipeline {
namespace {

Error not_allowed(std::string_view model, std::string const& did_you_mean = "") {
  return Error{Errc::model_not_allowed,
               "This key may not use the model '" + std::string{model.substr(0, 200)} + "'." + did_you_mean,
               "model"};
}

// Only what the key may use is suggested to it.
bool open_to(Question const& q, routing::Target const& target) {
  return routing::allowed(q.key.allowed_models, target) &&
         !forbidden_target(q.levels, *target.provider, target.upstream_model, target.model,
                           target.provider->dialect->adapter().searches_unasked(nullptr, target.model));
}

json::Limits limits_of(Question const& q) {
  json::Limits limits;
  limits.depth_max = q.runtime.config.limits.json_depth;
  limits.values_max = q.runtime.config.limits.json_values;
  return limits;
}

Result<conversation::Prompt> read(Question const& q, std::string body) {
  return q.operation == providers::Operation::chat ? surfaces::read_chat(std::move(body), limits_of(q))
                                                   : surfaces::read_embeddings(std::move(body), limits_of(q));
}

// Targets in the plan's order; what is struck goes to the candidates with its reason.
Result<> strike(Question const& q, routing::Plan plan, Decision& out) {
  auto const& patterns = q.key.allowed_models;
  out.plan.pinned = plan.pinned;
  out.plan.route = plan.route;
  out.plan.spec = plan.spec;
  // A route by its name and each target by its own (contract §3).
  if (plan.spec && !routing::route_allowed(patterns, plan.route)) return not_allowed(out.chat->model);
  std::optional<Error> forbidden;  // by the first policy that struck a target of the key's
  for (auto& target : plan.targets) {
    if (!routing::allowed(patterns, target)) {
      out.candidates.emplace_back(target.name(), "not in allowed_models");
      continue;
    }
    auto const& provider = *target.provider;
    auto const* rules = target.model
                            ? target.model
                            : q.runtime.catalog->family(provider.dialect->seller, target.upstream_model);
    if (auto error = forbidden_target(q.levels, provider, target.upstream_model, target.model,
                                      provider.dialect->adapter().searches_unasked(&*out.chat, rules))) {
      out.candidates.emplace_back(target.name(), error->peek()->rule);
      if (!forbidden) forbidden = std::move(*error);
      continue;
    }
    out.plan.targets.push_back(std::move(target));
  }
  if (!out.plan.targets.empty()) return boost::system::in_place_value;
  return forbidden ? *forbidden : not_allowed(out.chat->model);
}

// Of a route, what a target is not made for is struck with all else that it cannot do (facts.cpp).
Result<> check_mode(Question const& q, Decision const& out) {
  if (out.plan.spec) return boost::system::in_place_value;
  auto const* model = out.plan.targets.front().model;
  if (!model) return boost::system::in_place_value;
  bool const embeds = model->mode == catalog::Mode::embedding;
  if (embeds == (q.operation == providers::Operation::embeddings)) return boost::system::in_place_value;
  return Error{Errc::bad_request,
               embeds ? "This model makes embeddings: use /v1/embeddings."
                      : "This model does not make embeddings: use /v1/chat/completions.",
               "model"};
}

governance::Facts facts_of(Question const& q, providers::ChatRequest const& chat) {
  governance::Facts f;
  f.environment = q.key.environment;
  f.now = q.now;
  f.max_tokens = chat.max_tokens;
  f.input_bytes = static_cast<std::int64_t>(chat.text_bytes);
  f.tools = chat.tools;
  f.server_tools = chat.server_tools;
  f.images = chat.images;
  f.audio = chat.audio_in || chat.audio_out;
  f.files = chat.files;
  f.user = !chat.user.empty();
  f.generates = q.operation == providers::Operation::chat;
  return f;
}

// What a rule found stands where nothing else can stand.
Error irreplaceable(governance::Tally const& tally, std::string_view why) {
  for (auto const& m : tally.matched())
    if (m.effect.starts_with("redact"))
      return governance::denied(
          m.source, m.rule,
          "What the rule '" + m.rule + "' found cannot be replaced where it stands: " + std::string{why});
  return Error{Errc::internal}.log("a text changed that no rule redacts");
}

// A name that the catalogue or a route has is nobody's text; any other goes to the provider as it was
// written.
Result<> check_name(governance::ContentRules const& rules, governance::Tally& tally, Decision const& out) {
  auto const known = [](routing::Target const& t) { return t.model != nullptr; };
  if (out.plan.spec || std::ranges::all_of(out.plan.targets, known)) return boost::system::in_place_value;
  auto const filtered = governance::filter_text(rules, tally, out.chat->model);
  if (!filtered) return filtered.error();
  if (*filtered) return irreplaceable(tally, "'model' names a model.");
  return boost::system::in_place_value;
}

// Which text stands where is the surface's own; what no reader knows is read, too.
governance::Place const& places_of(conversation::Surface surface) noexcept {
  return surface == conversation::Surface::embeddings ? governance::embeddings_request()
                                                      : governance::chat_request();
}

// Redaction changes the text, so the request is read again: what is judged is what is sent.
Result<> redact_prompt(Question const& q, governance::ContentRules const& rules, governance::Tally& tally,
                       Decision& out) {
  if (auto named = check_name(rules, tally, out); !named) return named;
  auto const& at = places_of(out.chat->surface);
  auto filtered = governance::filter_prompt(rules, tally, out.chat->document, at);
  if (!filtered) return filtered.error();
  if (!*filtered) return boost::system::in_place_value;
  auto again = read(q, std::move(**filtered));
  if (!again) return irreplaceable(tally, again.error().message());
  out.chat.emplace(std::move(*again));
  return boost::system::in_place_value;
}

Result<> filter_prompt(Question const& q, Decision& out) {
  governance::ContentRules const rules{q.levels, governance::Side::prompt};
  if (rules.empty()) return boost::system::in_place_value;
  governance::Tally tally{rules};
  auto done = redact_prompt(q, rules, tally, out);
  for (auto& m : tally.matched()) out.matched.push_back(std::move(m));
  return done;
}

Result<> judge(Question const& q, Decision& out) {
  auto allowed = governance::check_request(q.levels, facts_of(q, *out.chat));
  if (!allowed) return allowed.error();
  auto filtered = filter_prompt(q, out);
  if (!filtered) return filtered;
  for (auto& m : allowed->matched) out.matched.push_back(std::move(m));
  out.lower_over_budget = std::move(allowed->lower_over_budget);
  out.chat->strict = q.strict || allowed->strict_parameters;
  // Whoever asks after us sees the lowered number as the client's own.
  if (allowed->max_tokens) out.chat->max_tokens = out.max_tokens = allowed->max_tokens;
  return boost::system::in_place_value;
}

}  // namespace

Result<> decide(Question const& q, std::string body, Decision& out) {
  auto request = read(q, std::move(body));
  if (!request) return request.error();
  out.chat.emplace(std::move(*request));
  if (has_secret(out.chat->model)) {  // before anything names it: records, candidates, the provider
    out.chat->model = without_secrets(out.chat->model);
    return Error{
        Errc::bad_request,
        "'model' holds what looks like an API key: the key belongs into Authorization, a model's id here.",
        "model"};
  }

  auto const& runtime = q.runtime;
  auto const& name = out.chat->model;
  auto plan = routing::resolve(name, *runtime.catalog, runtime.config, &runtime.routes);
  if (!plan) {
    if (plan.error().code() != Errc::model_not_found) return plan.error();
    auto const near = routing::did_you_mean(name, *runtime.catalog, runtime.config,
                                            [&q](routing::Target const& t) { return open_to(q, t); });
    // What no pattern of the key could allow is 403: which names exist is not for everybody.
    if (!routing::could_allow(q.key.allowed_models, name)) return not_allowed(name, near);
    return Error{Errc::model_not_found, routing::does_not_exist(name) + near, "model"};
  }
  auto struck = strike(q, std::move(*plan), out);
  if (!struck) return struck;
  auto mode = check_mode(q, out);
  if (!mode) return mode;
  return judge(q, out);
}

std::optional<Error> forbidden_target(governance::Levels const& levels, config::Provider const& provider,
                                      std::string_view model, catalog::Model const* entry, bool searches) {
  governance::Candidate c;
  c.provider = provider.id;
  c.model = model;
  if (entry != nullptr) c.catalogue_model = entry->id;
  c.searches = searches;
  c.default_instance = routing::is_default_instance(provider);
  c.tags = provider.regions;
  return governance::check_target(levels, c);
}

}  // namespace tsg::pipeline
