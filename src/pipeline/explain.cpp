#include "tsg/pipeline/explain.hpp"

#include "pipeline/attempts.hpp"
#include "pipeline/facts.hpp"
#include "tsg/json/writer.hpp"
#include "tsg/routing/decision.hpp"
#include "tsg/surfaces/read.hpp"

namespace tsg::pipeline {
namespace {

void strike_forbidden(routing::Plan& plan, keys::Key const& key,
                      std::vector<routing::PassedOver>& passed_over) {
  bool const by_name = !plan.spec || routing::route_allowed(key.allowed_models, plan.route);
  std::erase_if(plan.targets, [&](routing::Target const& target) {
    if (by_name && routing::allowed(key.allowed_models, target)) return false;
    passed_over.emplace_back(target.name(),
                             by_name ? "not in allowed_models" : "the route is not in allowed_models");
    return true;
  });
}

}  // namespace

Result<std::string> explain_route(Services& services, keys::Key const* key, std::string request,
                                  std::uint64_t seed) {
  auto const runtime = services.runtime.load();
  auto const now = services.clock.wall();
  json::Limits limits;
  limits.depth_max = runtime->config.limits.json_depth;
  auto chat = surfaces::read_chat(std::move(request), limits);
  if (!chat) return chat.error();
  auto plan = routing::resolve(chat->model, *runtime->catalog, runtime->config, &runtime->routes);
  if (!plan) return plan.error();

  Asker asker;
  if (key != nullptr) asker = Asker{key->id, key->org, key->team, key->environment};
  auto const facts = facts_of(*chat, asker, *plan, runtime->config.limits, services.commitment_key);
  std::vector<routing::PassedOver> passed_over;
  if (key != nullptr) strike_forbidden(*plan, *key, passed_over);
  if (plan->spec) routing::strike_unfit(*plan, facts, passed_over);
  auto const views = views_of(*plan, services, *runtime, asker.org);
  auto decision = routing::decide(*plan, facts, views, now, seed);
  decision.catalog_version = runtime->catalog->version();

  std::string out;
  json::Writer w{out};
  w.begin_object().key("model").string(chat->model).key("route");
  plan->route.empty() ? w.null() : w.string(plan->route);
  w.key("chosen");
  decision.order.empty() ? w.null() : w.string(decision.targets[decision.order.front().option]);
  w.key("passed_over").begin_array();
  for (auto const& p : passed_over)
    w.begin_object().key("target").string(p.target).key("reason").string(p.reason).end_object();
  w.end_array().key("decision").raw(routing::to_json(decision)).end_object();
  return out;
}

}  // namespace tsg::pipeline
