// Routes as data, one function each; authentication, records and errors in one place.
#include "tsg/admin/admin.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <nlohmann/json.hpp>

#include "admin/input.hpp"
#include "admin/world.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/core/money.hpp"
#include "tsg/json/writer.hpp"
#include "tsg/keys/key_format.hpp"
#include "tsg/pipeline/handler.hpp"
#include "tsg/pipeline/metrics.hpp"

namespace tsg::admin {
namespace {

using nlohmann::json;
using ordered = nlohmann::ordered_json;

struct Reply {
  Reply() = default;
  Reply(int s, std::string b) : status{s}, body{std::move(b)} {}
  int status = 200;
  std::string body;
  std::string etag;
  bool secret = false;  // answer must not be stored anywhere (KEY-11)
};

struct Call {
  Call(server::Exchange& e, WallTime n, RequestId i) : http{e}, now{n}, id{i} {}
  server::Exchange& http;
  WallTime now;
  RequestId id;
  std::vector<std::string> params;  // what {…} matched
  std::string actor = "token:owner";
};

class ApiImpl;
struct Route {
  http::Method method;
  std::string_view path;  // segments; {} matches one
  Task<Reply> (ApiImpl::*run)(Call&);
};

// Splits and matches; params are the {} segments.
bool match(std::string_view pattern, std::string_view path, std::vector<std::string>& params) {
  params.clear();
  while (!pattern.empty() && !path.empty()) {
    pattern.remove_prefix(1);
    path.remove_prefix(1);
    auto const p = pattern.substr(0, pattern.find('/'));
    auto const s = path.substr(0, path.find('/'));
    if (p == "{}") {
      if (s.empty()) return false;
      params.emplace_back(s);
    } else if (p != s) {
      return false;
    }
    pattern.remove_prefix(p.size());
    path.remove_prefix(s.size());
  }
  return pattern.empty() && path.empty();
}

ordered entity_json(Entity const& e) {
  ordered out;
  out["id"] = e.id;
  out["name"] = e.name;
  out["created_at"] = to_rfc3339(e.created_at);
  out["version"] = e.version;
  return out;
}

ordered key_json(keys::Key const& k, WallTime now) {
  ordered out;
  out["id"] = k.id;
  out["display"] = k.display;
  out["org"] = k.org;
  out["team"] = k.team;
  out["environment"] = k.environment;
  out["name"] = k.name;
  out["allowed_models"] = k.allowed_models;
  out["monthly_budget_usd"] = k.monthly_budget_usd.empty() ? ordered(nullptr) : ordered(k.monthly_budget_usd);
  out["tags"] = ordered::parse(k.tags_json);
  out["created_at"] = to_rfc3339(k.created_at);
  out["expires_at"] = k.expires_at.ns == INT64_MAX ? ordered(nullptr) : ordered(to_rfc3339(k.expires_at));
  out["status"] = k.revoked             ? "revoked"
                  : k.disabled          ? "disabled"
                  : k.expires_at <= now ? "expired"
                                        : "active";
  out["version"] = k.version;
  return out;
}

std::string list_json(std::vector<std::string> const& items, std::string const& next) {
  std::string out = R"({"data":[)";
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i > 0) out += ',';
    out += items[i];
  }
  out += R"(],"next_cursor":)";
  out += next.empty() ? "null" : json(next).dump();
  return out + "}";
}

class ApiImpl final : public Api {
 public:
  explicit ApiImpl(Settings settings) : s_{std::move(settings)} {}

  Task<> load() override;
  Task<> handle(server::Exchange& exchange) override;
  Task<> refuse(server::Exchange& exchange, Error error) override {
    auto response = pipeline::to_response(error, ids_.next(s_.services.clock.wall()).text());
    co_return co_await exchange.respond(response.status, response.headers, response.body);
  }

  Task<Reply> create_org(Call& call);
  Task<Reply> list_orgs(Call& call);
  Task<Reply> create_team(Call& call);
  Task<Reply> list_teams(Call& call);
  Task<Reply> create_key(Call& call);
  Task<Reply> list_keys(Call& call);
  Task<Reply> show_key(Call& call);
  Task<Reply> revoke_key(Call& call);
  Task<Reply> list_audit(Call& call);
  Task<Reply> show_audit(Call& call);
  Task<Reply> list_providers(Call& call);

 private:
  Task<Reply> dispatch(Call& call);
  Task<> answer(Call& call, Reply reply);
  Task<Reply> create_entity(Call& call, std::string kind, std::map<std::string, Entity, std::less<>>& into,
                            std::string prefix);
  // Commits documents with the record of the change; the new version of the first document.
  Task<std::int64_t> commit(Call& call, std::string kind, store::Document document, std::string before,
                            std::string after, std::string org, std::string team, std::string key_id);
  bool authorised(http::RequestHead const& head) const;

  Settings s_;
  World world_;
  std::vector<std::string> key_ids_;  // by creation
  RequestIdSource ids_;
};

constexpr std::array kRoutes{
    Route{http::Method::post, "/admin/v1/orgs", &ApiImpl::create_org},
    Route{http::Method::get, "/admin/v1/orgs", &ApiImpl::list_orgs},
    Route{http::Method::post, "/admin/v1/orgs/{}/teams", &ApiImpl::create_team},
    Route{http::Method::get, "/admin/v1/orgs/{}/teams", &ApiImpl::list_teams},
    Route{http::Method::post, "/admin/v1/keys", &ApiImpl::create_key},
    Route{http::Method::get, "/admin/v1/keys", &ApiImpl::list_keys},
    Route{http::Method::get, "/admin/v1/keys/{}", &ApiImpl::show_key},
    Route{http::Method::post, "/admin/v1/keys/{}/revoke", &ApiImpl::revoke_key},
    Route{http::Method::get, "/admin/v1/audit", &ApiImpl::list_audit},
    Route{http::Method::get, "/admin/v1/audit/{}", &ApiImpl::show_audit},
    Route{http::Method::get, "/admin/v1/providers", &ApiImpl::list_providers},
};

Task<> ApiImpl::load() {
  auto orgs = co_await s_.services.store.documents("org");
  if (!orgs) co_return orgs.error();
  auto teams = co_await s_.services.store.documents("team");
  if (!teams) co_return teams.error();
  auto keys = co_await s_.services.store.documents("key");
  if (!keys) co_return keys.error();
  auto const read = [](std::vector<store::Document> const& docs, auto& into) {
    for (auto const& d : docs)
      if (auto e = entity_from(d.json)) {
        e->version = d.version;
        into.emplace(e->id, std::move(*e));
      }
  };
  read(*orgs, world_.orgs);
  read(*teams, world_.teams);
  std::vector<std::shared_ptr<keys::Key const>> loaded;
  for (auto const& d : *keys) {
    auto key = keys::from_document(d.json);
    if (!key) co_return Error{Errc::internal}.log("the document of key " + d.id + " is damaged");
    key->version = d.version;
    loaded.push_back(std::make_shared<keys::Key const>(std::move(*key)));
  }
  std::sort(loaded.begin(), loaded.end(), [](auto const& a, auto const& b) {
    return std::tie(a->created_at, a->id) < std::tie(b->created_at, b->id);
  });
  for (auto& key : loaded) {
    key_ids_.push_back(key->id);
    s_.directory.put(std::move(key));
  }
  co_return boost::system::in_place_value;
}

bool ApiImpl::authorised(http::RequestHead const& head) const {
  auto const token = pipeline::bearer(head, false);
  if (!token || token->empty()) return false;
  return crypto::equal(token_digest(s_.pepper, *token), s_.owner_token);
}

Task<> ApiImpl::handle(server::Exchange& exchange) {
  auto const now = s_.services.clock.wall();
  Call call{exchange, now, ids_.next(now)};
  auto const& head = exchange.head();
  if (head.path == "/healthz") co_return co_await answer(call, Reply{200, R"({"status":"ok"})"});
  bool const authed = authorised(head);
  if (head.path == "/metrics" && (authed || s_.metrics_without_token) && head.method == http::Method::get) {
    http::Headers headers;
    headers.set("content-type", "text/plain; version=0.0.4; charset=utf-8");
    auto const text = s_.services.metrics.text();
    co_return co_await exchange.respond(200, headers, text);
  }
  Error error{Errc::invalid_api_key, "A valid admin token is required: Authorization: Bearer <token>."};
  if (authed) {
    bool bug = false;
    try {
      auto reply = co_await dispatch(call);
      if (reply) co_return co_await answer(call, std::move(*reply));
      error = reply.error();
    } catch (std::exception const& e) {
      spdlog::error("admin request {}: {}", call.id.text(), e.what());
      bug = true;
    }
    if (bug) error = Error{Errc::internal};
    if (error.code() == Errc::client_gone) co_return error;
  }
  auto response = pipeline::to_response(error, call.id.text());
  co_return co_await exchange.respond(response.status, response.headers, response.body);
}

Task<Reply> ApiImpl::dispatch(Call& call) {
  auto const& head = call.http.head();
  std::string allow;
  for (auto const& route : kRoutes) {
    if (!match(route.path, head.path, call.params)) continue;
    if (route.method == head.method) co_return co_await (this->*route.run)(call);
    allow += (allow.empty() ? "" : ", ") + std::string{http::to_string(route.method)};
  }
  if (allow.empty()) co_return Error{Errc::not_found};
  Error error{Errc::method_not_allowed};
  error.details().allow = allow;
  co_return error;
}

Task<> ApiImpl::answer(Call& call, Reply reply) {
  http::Headers headers;
  headers.set("content-type", "application/json");
  headers.set("x-request-id", call.id.text());
  headers.set("cache-control", "no-store");
  if (!reply.etag.empty()) headers.set("etag", reply.etag);
  co_return co_await call.http.respond(reply.status, headers, reply.body);
}

Task<std::int64_t> ApiImpl::commit(Call& call, std::string kind, store::Document document, std::string before,
                                   std::string after, std::string org, std::string team, std::string key_id) {
  audit::Record record;
  record.kind = std::move(kind);
  record.time = call.now;
  record.request_id = call.id;
  record.actor = call.actor;
  record.client_net = pipeline::client_network(call.http, {});
  record.org = std::move(org);
  record.team = std::move(team);
  record.key_id = std::move(key_id);
  record.verdict = "allow";
  record.before_json = std::move(before);
  record.after_json = std::move(after);
  std::string fields;
  audit::append_fields(fields, record);
  document.changed_at = call.now;
  store::Change change;
  change.writes.push_back(std::move(document));
  change.records.push_back(std::move(fields));
  auto versions = co_await s_.services.store.change(std::move(change));
  if (!versions) co_return versions.error();
  co_return versions->front();
}

Task<Reply> ApiImpl::create_entity(Call& call, std::string kind,
                                   std::map<std::string, Entity, std::less<>>& into, std::string prefix) {
  auto raw = co_await call.http.read_body(1 << 20);
  if (!raw) co_return raw.error();
  auto body = parse_body(std::move(*raw), {"id", "name"});
  if (!body) co_return body.error();
  auto id = required_string(*body, "id", 63);
  if (!id) co_return id.error();
  if (!valid_id(*id)) co_return Error{Errc::bad_request, "'id' must match [a-z0-9-]{1,63}.", "id"};
  auto name = optional_string(*body, "name", 200);
  if (!name) co_return name.error();
  Entity e;
  e.id = prefix + *id;
  e.name = name->empty() ? *id : *name;
  e.created_at = call.now;
  if (into.contains(e.id)) co_return Error{Errc::conflict, "'" + e.id + "' exists already.", "id"};
  store::Document document;
  document.kind = kind;
  document.id = e.id;
  document.json = entity_document(e);
  std::string org = prefix.empty() ? e.id : prefix.substr(0, prefix.size() - 1);
  std::string team = prefix.empty() ? std::string{} : *id;
  std::string after = document.json;
  auto version = co_await commit(call, kind + ".create", std::move(document), "", std::move(after),
                                 std::move(org), std::move(team), "");
  if (!version) co_return version.error();
  e.version = *version;
  Reply reply{201, entity_json(e).dump()};
  reply.etag = '"' + std::to_string(e.version) + '"';
  into.emplace(e.id, std::move(e));
  co_return reply;
}

Task<Reply> ApiImpl::create_org(Call& call) {
  return create_entity(call, "org", world_.orgs, "");
}

Task<Reply> ApiImpl::create_team(Call& call) {
  if (!world_.orgs.contains(call.params[0]))
    co_return Error{Errc::not_found, "The organisation '" + call.params[0] + "' does not exist."};
  co_return co_await create_entity(call, "team", world_.teams, call.params[0] + ".");
}

Task<Reply> ApiImpl::list_orgs(Call& call) {
  auto query = parse_query(call.http.head().query, {});
  if (!query) co_return query.error();
  std::vector<std::string> items;
  std::string next;
  for (auto it = world_.orgs.upper_bound(query->page.cursor); it != world_.orgs.end(); ++it) {
    if (items.size() == query->page.limit) {
      next = std::prev(it)->first;
      break;
    }
    items.push_back(entity_json(it->second).dump());
  }
  co_return Reply{200, list_json(items, next)};
}

Task<Reply> ApiImpl::list_teams(Call& call) {
  auto query = parse_query(call.http.head().query, {});
  if (!query) co_return query.error();
  if (!world_.orgs.contains(call.params[0]))
    co_return Error{Errc::not_found, "The organisation '" + call.params[0] + "' does not exist."};
  std::string const prefix = call.params[0] + ".";
  std::vector<std::string> items;
  std::string next;
  for (auto it = world_.teams.upper_bound(std::max(prefix, query->page.cursor));
       it != world_.teams.end() && it->first.starts_with(prefix); ++it) {
    if (items.size() == query->page.limit) {
      next = std::prev(it)->first;
      break;
    }
    items.push_back(entity_json(it->second).dump());
  }
  co_return Reply{200, list_json(items, next)};
}

// "key_" + 20 base62 characters: public, stable, no secret.
std::string new_key_id() {
  std::string id = "key_";
  while (id.size() < 24) {
    std::array<std::uint8_t, 32> random{};
    crypto::random_bytes(random);
    for (auto const b : random) {
      if (b >= 248 || id.size() == 24) continue;  // no modulo bias (KEY-4)
      id += "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[b % 62];
    }
  }
  return id;
}

Result<keys::Key> key_from_body(json const& body, World const& world, WallTime now) {
  keys::Key key;
  auto org = required_string(body, "org", 63);
  if (!org) return org.error();
  auto team = required_string(body, "team", 63);
  if (!team) return team.error();
  auto environment = required_string(body, "environment", 63);
  if (!environment) return environment.error();
  if (!world.orgs.contains(*org))
    return Error{Errc::not_found, "The organisation '" + *org + "' does not exist; create it first.", "org"};
  if (!world.teams.contains(*org + "." + *team))
    return Error{Errc::not_found, "The team '" + *org + "." + *team + "' does not exist; create it first.",
                 "team"};
  if (!valid_id(*environment))
    return Error{Errc::bad_request,
                 "'environment' must match [a-z0-9-]{1,63}, for example dev, staging, prod.", "environment"};
  auto name = optional_string(body, "name", 200);
  if (!name) return name.error();
  auto models = string_list(body, "allowed_models", 1000, 200);
  if (!models) return models.error();
  if (!body.contains("allowed_models"))
    return Error{Errc::bad_request, "'allowed_models' is required: nothing is allowed by default.",
                 "allowed_models"};
  auto budget = optional_string(body, "monthly_budget_usd", 40);
  if (!budget) return budget.error();
  if (!budget->empty() && !parse_usd(*budget))
    return Error{Errc::bad_request, "'monthly_budget_usd' must be a decimal string such as \"25.00\".",
                 "monthly_budget_usd"};
  auto expires = optional_string(body, "expires_at", 40);
  if (!expires) return expires.error();
  if (!expires->empty()) {
    auto const at = parse_rfc3339(*expires);
    if (!at || *at <= now)
      return Error{Errc::bad_request, "'expires_at' must be an RFC 3339 time in the future.", "expires_at"};
    key.expires_at = *at;
  }
  if (auto const it = body.find("tags"); it != body.end()) {
    bool const flat =
        it->is_object() && std::all_of(it->begin(), it->end(), [](json const& v) { return v.is_string(); });
    if (!flat || it->size() > 50)
      return Error{Errc::bad_request, "'tags' must be an object of at most 50 strings.", "tags"};
    key.tags_json = it->dump();
  }
  key.org = *org;
  key.team = *team;
  key.environment = *environment;
  key.name = *name;
  key.allowed_models = std::move(*models);
  key.monthly_budget_usd = *budget;
  key.created_at = now;
  return key;
}

Task<Reply> ApiImpl::create_key(Call& call) {
  auto raw = co_await call.http.read_body(1 << 20);
  if (!raw) co_return raw.error();
  auto body = parse_body(std::move(*raw), {"org", "team", "environment", "name", "allowed_models",
                                           "monthly_budget_usd", "expires_at", "tags"});
  if (!body) co_return body.error();
  auto key = key_from_body(*body, world_, call.now);
  if (!key) co_return key.error();
  std::string const secret = keys::make_key([](std::span<std::uint8_t> out) { crypto::random_bytes(out); });
  keys::Secret stored;
  stored.digest = keys::digest(s_.pepper, secret);
  key->secrets.push_back(stored);
  key->display = keys::display(secret);
  key->id = new_key_id();

  store::Document document;
  document.kind = "key";
  document.id = key->id;
  document.json = keys::to_document(*key);
  std::string after = key_json(*key, call.now).dump();
  auto version = co_await commit(call, "key.create", std::move(document), "", std::move(after), key->org,
                                 key->team, key->id);
  if (!version) co_return version.error();
  key->version = *version;
  auto shown = key_json(*key, call.now);
  shown["key"] = secret;
  auto const published = std::make_shared<keys::Key const>(std::move(*key));
  key_ids_.push_back(published->id);
  s_.directory.put(published);
  Reply reply{201, shown.dump()};
  reply.secret = true;
  co_return reply;
}

Task<Reply> ApiImpl::list_keys(Call& call) {
  auto query = parse_query(call.http.head().query, {"org", "team", "environment"});
  if (!query) co_return query.error();
  auto const fits = [&](keys::Key const& k) {
    for (auto const& [name, value] : query->filters) {
      auto const& actual = name == "org" ? k.org : name == "team" ? k.team : k.environment;
      if (actual != value) return false;
    }
    return true;
  };
  std::vector<std::string> items;
  std::string next, last;
  bool go = query->page.cursor.empty();
  for (auto const& id : key_ids_) {
    if (!go) {
      go = id == query->page.cursor;
      continue;
    }
    auto const key = s_.directory.find_id(id);
    if (!key || !fits(*key)) continue;
    if (items.size() == query->page.limit) {
      next = last;
      break;
    }
    items.push_back(key_json(*key, call.now).dump());
    last = id;
  }
  co_return Reply{200, list_json(items, next)};
}

Task<Reply> ApiImpl::show_key(Call& call) {
  auto const key = s_.directory.find_id(call.params[0]);
  if (!key) co_return Error{Errc::not_found, "The key '" + call.params[0] + "' does not exist."};
  Reply reply{200, key_json(*key, call.now).dump()};
  reply.etag = '"' + std::to_string(key->version) + '"';
  co_return reply;
}

Task<Reply> ApiImpl::revoke_key(Call& call) {
  auto raw = co_await call.http.read_body(1 << 16);
  if (!raw) co_return raw.error();
  auto body = parse_body(std::move(*raw), {});
  if (!body) co_return body.error();
  auto const key = s_.directory.find_id(call.params[0]);
  if (!key) co_return Error{Errc::not_found, "The key '" + call.params[0] + "' does not exist."};
  if (key->revoked) co_return Reply{200, key_json(*key, call.now).dump()};  // revoking twice is no mistake
  keys::Key changed = *key;
  changed.revoked = true;
  store::Document document;
  document.kind = "key";
  document.id = key->id;
  document.version = key->version;
  document.json = keys::to_document(changed);
  std::string before = key_json(*key, call.now).dump();
  std::string after = key_json(changed, call.now).dump();
  auto version = co_await commit(call, "key.revoke", std::move(document), std::move(before), std::move(after),
                                 key->org, key->team, key->id);
  if (!version) co_return version.error();
  changed.version = *version;
  auto const published = std::make_shared<keys::Key const>(std::move(changed));
  s_.directory.put(published);  // before the answer: the very next request with it fails
  co_return Reply{200, key_json(*published, call.now).dump()};
}

std::string audit_json(store::AuditRow const& row) {
  std::string out = row.bytes;
  out.pop_back();  // the closing brace: `hash` is not part of the hashed bytes
  out += R"(,"hash":")";
  append_hex(out, row.hash);
  return out + "\"}";
}

Task<Reply> ApiImpl::list_audit(Call& call) {
  auto query =
      parse_query(call.http.head().query, {"request_id", "org", "team", "key_id", "environment", "provider",
                                           "model", "verdict", "status", "from", "to", "kind"});
  if (!query) co_return query.error();
  store::AuditQuery q;
  q.limit = query->page.limit;
  if (!query->page.cursor.empty()) q.before_seq = std::atoll(query->page.cursor.c_str());
  for (auto& [name, value] : query->filters) {
    if (name == "from" || name == "to") {
      auto const at = parse_rfc3339(value);
      if (!at) co_return Error{Errc::bad_request, "'" + name + "' must be an RFC 3339 time.", name};
      (name == "from" ? q.from : q.to) = *at;
    } else if (name == "request_id") {
      q.request_id = RequestId::parse(value);
      if (!q.request_id) co_return Error{Errc::bad_request, "'request_id' must be a UUIDv7.", name};
    } else {
      q.equals.emplace_back(name == "model" ? "model_served" : name, value);
    }
  }
  auto rows = co_await s_.services.store.audit(std::move(q));
  if (!rows) co_return rows.error();
  std::vector<std::string> items;
  for (auto const& row : *rows) items.push_back(audit_json(row));
  std::string const next = rows->size() == query->page.limit ? std::to_string(rows->back().seq) : "";
  co_return Reply{200, list_json(items, next)};
}

Task<Reply> ApiImpl::show_audit(Call& call) {
  store::AuditQuery q;
  q.limit = 1;
  q.request_id = RequestId::parse(call.params[0]);
  if (!q.request_id)
    co_return Error{Errc::bad_request, "A request id is a UUIDv7, as in the x-request-id header."};
  auto rows = co_await s_.services.store.audit(std::move(q));
  if (!rows) co_return rows.error();
  if (rows->empty()) co_return Error{Errc::not_found, "No record has this request id."};
  co_return Reply{200, audit_json(rows->front())};
}

Task<Reply> ApiImpl::list_providers(Call& call) {
  auto query = parse_query(call.http.head().query, {});
  if (!query) co_return query.error();
  auto const runtime = s_.services.runtime.load();
  std::vector<std::string> items;
  for (auto const& p : runtime->config.providers) {
    ordered out;
    out["id"] = p.id;
    out["dialect"] = std::string{config::to_string(p.dialect)};
    out["host"] = p.base_url.authority();
    out["credentials"] = ordered::array();
    auto const usable = runtime->credentials.find(p.id);
    for (auto const& c : p.credentials) {
      bool const read = usable != runtime->credentials.end() &&
                        std::any_of(usable->second.begin(), usable->second.end(),
                                    [&](auto const& u) { return u.name == c.name; });
      out["credentials"].push_back({{"name", c.name}, {"weight", c.weight}, {"usable", read}});
    }
    items.push_back(out.dump());
  }
  co_return Reply{200, list_json(items, "")};
}

}  // namespace

std::unique_ptr<Api> make_api(Settings settings) {
  return std::make_unique<ApiImpl>(std::move(settings));
}

Digest token_digest(crypto::SecretKey const& pepper, std::string_view token) {
  return crypto::hmac_sha256(pepper.bytes(), as_bytes("admin-token:" + std::string{token}));
}

}  // namespace tsg::admin
