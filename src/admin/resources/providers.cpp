#include "admin/resources/providers.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "admin/change.hpp"
#include "admin/credentials.hpp"
#include "admin/entities.hpp"
#include "admin/lists.hpp"
#include "admin/provider_health.hpp"
#include "tsg/json/value.hpp"

namespace tsg::admin {
namespace {

using ordered = nlohmann::ordered_json;

ordered credential_json(std::string_view name, int weight, std::string_view org, std::string_view source,
                        bool usable) {
  ordered out;
  out["name"] = name;
  out["weight"] = weight;
  out["org"] = org.empty() ? ordered(nullptr) : ordered(org);
  out["source"] = source;  // "configuration" or "stored"
  out["usable"] = usable;
  return out;
}

// What is configured, and where it stands; absent limits are null.
ordered quota_json(State& state, config::Quota const& limits, std::string_view provider,
                   std::string_view credential) {
  auto const number = [](std::int64_t n) { return n > 0 ? ordered(n) : ordered(nullptr); };
  auto const& clock = state.services().clock;
  auto const now = state.services().quotas.of(provider, credential).state(clock.steady(), clock.wall());
  ordered out;
  out["requests_per_minute"] = number(limits.requests_per_minute);
  out["tokens_per_minute"] = number(limits.tokens_per_minute);
  out["concurrency"] = number(limits.concurrency);
  out["usd_per_day"] = limits.usd_per_day.v > 0 ? ordered(to_usd(limits.usd_per_day)) : ordered(nullptr);
  out["running"] = now.running;
  out["waiting"] = now.waiting;
  out["spent_today_usd"] = to_usd(now.spent_today);
  return out;
}

bool named(pipeline::Credentials const& all, std::string const& provider, std::string const& name) {
  auto const it = all.find(provider);
  return it != all.end() &&
         std::any_of(it->second.begin(), it->second.end(), [&](auto const& c) { return c.name == name; });
}

// For everybody: one that is stored for an organisation replaces it there only.
bool replaced(pipeline::Credentials const& stored, std::string const& provider, std::string const& name) {
  auto const it = stored.find(provider);
  return it != stored.end() &&
         std::ranges::any_of(it->second, [&](auto const& c) { return c.name == name && c.org.empty(); });
}

// How health and quota know the one that this JSON is of.
std::string place_of(ordered const& credential) {
  auto const name = credential["name"].get<std::string>();
  return credential["org"].is_null() ? name : credential["org"].get<std::string>() + "/" + name;
}

Error no_provider(std::string_view id) {
  return Error{Errc::not_found,
               "The provider '" + std::string{id.substr(0, 100)} + "' is not in the configuration."};
}

// Replaces, or with nullopt takes away, and publishes: one new map.
void publish(State& state, std::string const& provider, std::string const& name,
             std::optional<pipeline::ProviderCredential> credential) {
  auto fresh = std::make_shared<pipeline::Credentials>(*state.services().stored_credentials.load());
  auto& all = (*fresh)[provider];
  std::erase_if(all, [&](auto const& c) { return c.name == name; });
  if (credential) all.push_back(std::move(*credential));
  state.services().stored_credentials.store(std::move(fresh));
}

store::Document document_of(State const& state, std::string const& id, std::string json) {
  store::Document document;
  document.kind = "credential";
  document.id = id;
  document.json = std::move(json);
  auto const it = state.credential_versions.find(id);
  if (it != state.credential_versions.end()) document.version = it->second;
  return document;
}

Result<pipeline::ProviderCredential> from_body(nlohmann::json const& body, State const& state,
                                               std::string const& name) {
  auto key = required_string(body, "key", 4096);
  if (!key) return key.error();
  auto weight = optional_integer(body, "weight", 1, 1000);
  if (!weight) return weight.error();
  auto org = optional_string(body, "org", 63);
  if (!org) return org.error();
  if (!org->empty() && !state.world.org(*org)) return no_org(*org);
  return pipeline::ProviderCredential{name, *key, static_cast<int>(weight->value_or(1)), *org};
}

}  // namespace

Task<Reply> list_providers(State& state, Call& call) {
  auto query = parse_query(call.http.head().query, {});
  if (!query) co_return query.error();
  auto const runtime = state.services().runtime.load();
  auto const stored = state.services().stored_credentials.load();
  std::vector<std::string> items;
  for (auto const& p : runtime->config.providers) {
    ordered out;
    out["id"] = p.id;
    out["dialect"] = std::string{p.dialect->name};
    out["host"] = p.base_url.authority();
    out["tags"] = p.regions;
    out["credentials"] = ordered::array();
    for (auto const& c : p.credentials)
      if (!replaced(*stored, p.id, c.name))
        out["credentials"].push_back(credential_json(c.name, c.weight, "", "configuration",
                                                     named(runtime->credentials, p.id, c.name)));
    if (auto const it = stored->find(p.id); it != stored->end())
      for (auto const& c : it->second)
        if (c.org.empty() || call.who.sees(c.org))
          out["credentials"].push_back(credential_json(c.name, c.weight, c.org, "stored", true));
    for (auto& c : out["credentials"]) {
      if (auto const* limits = p.quota_of(c["name"].get<std::string>()))
        c["quota"] = quota_json(state, *limits, p.id, place_of(c));
      if (auto check = check_json(state.services(), p, place_of(c))) c["check"] = std::move(*check);
    }
    auto endpoints = provider_health(state.services(), p.id, [&](std::string_view place) {
      return std::ranges::any_of(out["credentials"], [&](auto const& c) { return place_of(c) == place; });
    });
    out["health"] = std::string{summary_of(endpoints, out["credentials"])};
    out["endpoints"] = std::move(endpoints);
    items.push_back(json::to_text(out));
  }
  co_return Reply{200, list_json(items, "")};
}

Task<Reply> put_credential(State& state, Call& call) {
  auto raw = co_await call.http.read_body(1 << 16);
  if (!raw) co_return raw.error();
  auto body = parse_body(std::move(*raw), {"key", "weight", "org"});
  if (!body) co_return body.error();
  auto const provider = call.params[0], name = call.params[1];
  if (!state.services().runtime.load()->config.provider(provider)) co_return no_provider(provider);
  if (!valid_id(name)) co_return Error{Errc::bad_request, "A credential's name must match [a-z0-9-]{1,63}."};
  auto credential = from_body(*body, state, name);
  if (!credential) co_return credential.error();
  auto const id = provider + "/" + name;
  auto document = document_of(state, id, seal_credential(state.settings.vault, provider, *credential));
  bool const fresh = document.version == 0;
  auto shown = credential_json(name, credential->weight, credential->org, "stored", true);
  shown["provider"] = provider;
  Note note{"credential.put", "", json::to_text(shown)};
  note.org = credential->org;
  auto version = co_await commit(state, call, std::move(note), std::move(document));
  if (!version) co_return version.error();
  state.credential_versions[id] = *version;
  publish(state, provider, name, std::move(*credential));
  co_return Reply{fresh ? 201 : 200, json::to_text(shown)};
}

Task<Reply> delete_credential(State& state, Call& call) {
  auto const provider = call.params[0], name = call.params[1];
  auto const id = provider + "/" + name;
  if (!state.credential_versions.contains(id))
    co_return Error{Errc::not_found,
                    "No stored credential has this name; those of the configuration are there."};
  auto document = document_of(state, id, "{}");
  document.deleted = true;
  ordered shown;
  shown["provider"] = provider;
  shown["name"] = name;
  Note note{"credential.delete", json::to_text(shown), ""};
  auto version = co_await commit(state, call, std::move(note), std::move(document));
  if (!version) co_return version.error();
  state.credential_versions.erase(id);
  publish(state, provider, name, std::nullopt);
  co_return Reply{200, json::to_text(shown)};
}

}  // namespace tsg::admin
