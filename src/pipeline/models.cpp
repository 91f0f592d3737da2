// GET /v1/models: what this key may call: routes, and the catalogue per configured provider instance.
#include <set>

#include "pipeline/decision.hpp"
#include "pipeline/endpoints.hpp"
#include "tsg/core/money.hpp"
#include "tsg/json/writer.hpp"

namespace tsg::pipeline {
namespace {

std::string_view status_text(catalog::Status s) noexcept {
  switch (s) {
    case catalog::Status::current:
      return "current";
    case catalog::Status::preview:
      return "preview";
    case catalog::Status::deprecated:
      return "deprecated";
    case catalog::Status::retired:
      return "retired";
  }
  return "";
}

catalog::Period const* period_at(catalog::Model const& m, WallTime at) noexcept {
  catalog::Period const* found = nullptr;
  for (auto const& p : m.periods)
    if (p.from <= at) found = &p;
  return found;
}

void write_price(json::Writer& w, std::string_view name, std::optional<Price> price) {
  w.key(name);
  if (price)
    w.string(to_usd(Nano{price->per_million}));
  else
    w.null();
}

std::int64_t seconds_of(std::string const& date) {
  auto const time = parse_rfc3339(date + "T00:00:00Z");
  return time ? time->ms() / 1000 : 0;
}

// OpenAI's model object, and what people ask a gateway for beside it.
void write_model(std::string& out, std::string_view id, config::Provider const& provider,
                 catalog::Model const& m, Runtime const& runtime, WallTime now) {
  json::Writer w{out};
  w.begin_object();
  w.key("id").string(id).key("object").string("model");
  // Some creators tell no date of release: then it is that of the catalogue, which is when it was there.
  w.key("created").integer(seconds_of(m.released.empty() ? runtime.catalog->source_date() : m.released));
  w.key("owned_by").string(m.provider).key("provider").string(provider.id);
  w.key("mode").string(m.mode == catalog::Mode::embedding ? "embedding" : "chat");
  w.key("status").string(status_text(m.status));
  w.key("context_window");
  if (m.context_window)
    w.integer(*m.context_window);
  else
    w.null();
  w.key("max_output_tokens");
  if (m.max_output_tokens)
    w.integer(*m.max_output_tokens);
  else
    w.null();
  auto const& c = m.capabilities;
  w.key("capabilities").begin_object();
  w.key("tools").boolean(c.tools).key("vision").boolean(c.vision).key("pdf").boolean(c.pdf);
  w.key("audio")
      .boolean(c.audio)
      .key("json_schema")
      .boolean(c.json_schema)
      .key("reasoning")
      .boolean(c.reasoning);
  w.key("streaming").boolean(c.streaming).key("web_search").boolean(c.web_search).end_object();
  auto const* period = period_at(m, now);
  w.key("price_usd_per_million_tokens");
  if (period) {
    w.begin_object();
    write_price(w, "input", period->standard.input);
    write_price(w, "cached_input", period->standard.cached_input);
    write_price(w, "output", period->standard.output);
    w.end_object();
  } else {
    w.null();
  }
  w.key("deprecated_on");
  if (m.deprecated_on.empty())
    w.null();
  else
    w.string(m.deprecated_on);
  w.end_object();
}

// The targets of the route that this key may be sent to, in the order written.
std::vector<std::string> open_targets(Runtime const& runtime, Caller const& caller,
                                      routing::Route const& route) {
  std::vector<std::string> out;
  if (!routing::route_allowed(caller.key->allowed_models, route.name)) return out;
  auto const* plan = runtime.routes.find(route.name);
  if (plan == nullptr) return out;
  for (auto const& target : plan->targets) {
    if (!routing::allowed(caller.key->allowed_models, target)) continue;
    if (!forbidden_target(caller.levels, *target.provider, target.upstream_model, target.model,
                          target.provider->dialect->adapter().searches_unasked(nullptr, target.model)))
      out.push_back(target.name());
  }
  return out;
}

// A route is a model to whoever calls it: what it can do depends on the request, so only its targets are
// told.
void write_route(std::string& out, routing::Route const& route, std::vector<std::string> const& targets) {
  json::Writer w{out};
  w.begin_object();
  w.key("id").string(route.name).key("object").string("model").key("created").integer(0);
  w.key("owned_by").string("route").key("description").string(route.description);
  w.key("targets").begin_array();
  for (auto const& target : targets) w.string(target);
  w.end_array().end_object();
}

// Calls fn(route, targets) for each route this key may call, until it says stop.
template <class F>
void each_route(Runtime const& runtime, Caller const& caller, F fn) {
  for (auto const& route : runtime.routes.all())
    if (auto const targets = open_targets(runtime, caller, *route); !targets.empty() && !fn(*route, targets))
      return;
}

// Calls fn(id, provider, model) for each model this key may call, until it says stop.
template <class F>
void each_model(Runtime const& runtime, Caller const& caller, F fn) {
  for (auto const& provider : runtime.config.providers) {
    bool const plain = routing::is_default_instance(provider);
    for (auto const& m : runtime.catalog->models()) {
      if (m.provider != provider.dialect->name && m.provider != provider.id) continue;
      if (m.status == catalog::Status::retired) continue;
      if (!routing::allowed(caller.key->allowed_models, provider.id, m.id, plain)) continue;
      if (forbidden_target(caller.levels, provider, m.id, &m,
                           provider.dialect->adapter().searches_unasked(nullptr, &m)))
        continue;
      std::string const id = m.provider == provider.id ? m.id : provider.id + "/" + m.id;
      if (!fn(id, provider, m)) return;
    }
  }
}

}  // namespace

Result<std::string> list_models(Runtime const& runtime, Caller const& caller, WallTime now) {
  std::string out = R"({"object":"list","data":[)";
  bool first = true;
  each_route(runtime, caller, [&](routing::Route const& route, std::vector<std::string> const& targets) {
    if (!std::exchange(first, false)) out += ',';
    write_route(out, route, targets);
    return true;
  });
  each_model(runtime, caller, [&](std::string const& id, config::Provider const& p, catalog::Model const& m) {
    if (!std::exchange(first, false)) out += ',';
    write_model(out, id, p, m, runtime, now);
    return true;
  });
  out += "]}";
  return out;
}

Result<std::string> show_model(Runtime const& runtime, Caller const& caller, WallTime now,
                               std::string_view id) {
  std::string out;
  each_route(runtime, caller, [&](routing::Route const& route, std::vector<std::string> const& targets) {
    if (route.name == id) write_route(out, route, targets);
    return out.empty();
  });
  if (!out.empty()) return out;
  each_model(runtime, caller,
             [&](std::string const& name, config::Provider const& p, catalog::Model const& m) {
               if (name != id && p.id + "/" + m.id != id) return true;
               write_model(out, name, p, m, runtime, now);
               return false;
             });
  if (out.empty())
    return Error{Errc::model_not_found, "The model does not exist, or this key may not use it.", "model"};
  return out;
}

}  // namespace tsg::pipeline
