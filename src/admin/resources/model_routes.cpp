#include "admin/resources/model_routes.hpp"

#include <nlohmann/json.hpp>

#include "admin/change.hpp"
#include "admin/document_change.hpp"
#include "admin/lists.hpp"
#include "admin/versions.hpp"
#include "tsg/core/log.hpp"
#include "tsg/json/document.hpp"
#include "tsg/json/value.hpp"
#include "tsg/pipeline/explain.hpp"

namespace tsg::admin {
namespace {

using ordered = nlohmann::ordered_json;
constexpr std::size_t kBodyMax = 1 << 18;
constexpr auto kKind = "route";  // in the store

std::string shown(routing::Route const& route, std::int64_t version) {
  ordered out;
  out["name"] = route.name;
  out["version"] = route.version;
  out["source"] = version == 0 ? "configuration" : "api";
  out["route"] = json::own_ordered(route.document);
  return json::to_text(out);
}

routing::Route const* configured(pipeline::Runtime const& runtime, std::string_view name) {
  for (auto const& route : runtime.configured_routes)
    if (route.name == name) return &route;
  return nullptr;
}

Error no_route(std::string_view name) {
  return Error{Errc::not_found, "There is no route '" + std::string{name.substr(0, 64)} + "'."};
}

Error read_only(std::string const& name) {
  return Error{Errc::conflict, "The route '" + name + "' is in the configuration file: change it there."};
}

// Of what the API stored. A route of the configuration has had none, unless the API once had one of its name.
Error no_version(State const& state, std::string const& name) {
  if (!configured(*state.services().runtime.load(), name)) return no_route(name);
  return Error{Errc::not_found,
               "The route '" + name + "' is in the configuration file, and the API keeps no versions of it."};
}

std::string version_json(store::Document const& row) {
  ordered out;
  out["name"] = row.id;
  out["version"] = row.version;
  out["changed_at"] = to_rfc3339(row.changed_at);
  out["hash"] = document_hash(row.json);
  out["document"] = json::own_ordered(row.json);
  // What the records of requests name.
  out["route_version"] = row.deleted ? ordered(nullptr) : ordered(routing::version_of(row.id, row.json));
  mark_deleted(out, row.deleted);
  return json::to_text(out);
}

std::string joined(std::vector<std::string> const& problems) {
  std::string all;
  for (auto const& p : problems) all += (all.empty() ? "" : "; ") + p;
  return all;
}

Result<routing::Route> read_route(State& state, std::string const& name, std::string const& text) {
  auto parsed = routing::parse_route(name, text);
  if (!parsed.route) return Error{Errc::bad_request, joined(parsed.problems)};
  auto const runtime = state.services().runtime.load();
  auto const misfits = routing::misfits(*parsed.route, *runtime->catalog, runtime->config);
  if (!misfits.empty()) return Error{Errc::bad_request, joined(misfits)};
  return std::move(*parsed.route);
}

// As written: what a conversation sticks by are its bytes.
std::string member(std::string_view text, std::string_view name) {
  auto const scanned = json::scan(text, {});
  if (scanned)
    for (auto const& m : scanned->members)
      if (m.key == name) return std::string{text.substr(m.value.begin, m.value.size())};
  return {};
}

store::Document document_of(std::string name, std::int64_t version, std::string json) {
  store::Document d;
  d.kind = kKind;
  d.id = std::move(name);
  d.version = version;
  d.json = std::move(json);
  return d;
}

}  // namespace

Task<Reply> list_model_routes(State& state, Call& call) {
  auto query = parse_query(call.http.head().query, {});
  if (!query) co_return query.error();
  auto const runtime = state.services().runtime.load();
  std::map<std::string, std::string, std::less<>> all;
  for (auto const& [name, stored] : state.model_routes) all[name] = shown(stored.route, stored.version);
  for (auto const& route : runtime->configured_routes) all[route.name] = shown(route, 0);
  auto const every = [](std::string const&) { return true; };
  auto const take = [](std::string const& json) { return std::optional{json}; };
  co_return Reply{200, page_of(all, "", query->page, every, take)};
}

Task<Reply> show_model_route(State& state, Call& call) {
  auto const& name = call.params[0];
  auto const runtime = state.services().runtime.load();
  if (auto const* route = configured(*runtime, name)) co_return Reply{200, shown(*route, 0)};
  auto const it = state.model_routes.find(name);
  if (it == state.model_routes.end()) co_return no_route(name);
  Reply reply{200, shown(it->second.route, it->second.version)};
  reply.etag = etag_of(it->second.version);
  co_return reply;
}

Task<Reply> put_model_route(State& state, Call& call) {
  auto const name = call.params[0];
  auto raw = co_await call.http.read_body(kBodyMax);
  if (!raw) co_return raw.error();
  if (configured(*state.services().runtime.load(), name)) co_return read_only(name);
  auto route = read_route(state, name, *raw);
  if (!route) co_return route.error();
  auto const old = state.model_routes.find(name);
  bool const made = old == state.model_routes.end();
  auto const version = made ? 0 : old->second.version;
  auto fresh = check_if_match(call.http.head(), version);
  if (!fresh) co_return fresh.error();
  Note note{made ? "route.create" : "route.update", made ? "" : old->second.route.document, route->document};
  auto document = document_of(name, version, route->document);
  auto written = co_await commit(state, call, std::move(note), std::move(document));
  if (!written) co_return written.error();
  StoredRoute stored{*route, *written};
  state.model_routes.insert_or_assign(name, stored);
  state.services().runtime.put_route(name, std::move(*route));
  Reply reply{made ? 201 : 200, shown(stored.route, stored.version)};
  reply.etag = etag_of(stored.version);
  co_return reply;
}

Task<Reply> delete_model_route(State& state, Call& call) {
  auto const name = call.params[0];
  if (configured(*state.services().runtime.load(), name)) co_return read_only(name);
  auto const it = state.model_routes.find(name);
  if (it == state.model_routes.end()) co_return no_route(name);
  auto fresh = check_if_match(call.http.head(), it->second.version);
  if (!fresh) co_return fresh.error();
  Note note{"route.delete", it->second.route.document, ""};
  auto document = document_of(name, it->second.version, it->second.route.document);
  document.deleted = true;
  auto written = co_await commit(state, call, std::move(note), std::move(document));
  if (!written) co_return written.error();
  state.model_routes.erase(name);
  state.services().runtime.put_route(name, std::nullopt);
  co_return Reply{200, json::to_text(ordered{{"name", name}, {"deleted", true}})};
}

Task<Reply> list_model_route_versions(State& state, Call& call) {
  auto const& name = call.params[0];
  auto query = parse_query(call.http.head().query, {});
  if (!query) co_return query.error();
  auto page = co_await version_page(state, kKind, name, std::move(query->page), no_version(state, name));
  if (!page) co_return page.error();
  std::vector<std::string> items;
  for (auto const& row : page->rows) items.push_back(version_json(row));
  co_return Reply{200, list_json(items, page->next)};
}

Task<Reply> show_model_route_version(State& state, Call& call) {
  auto const& name = call.params[0];
  auto row = co_await one_version(state, kKind, name, call.params[1], no_version(state, name));
  if (!row) co_return row.error();
  Reply reply{200, version_json(*row)};
  reply.etag = etag_of(row->version);
  co_return reply;
}

Task<Reply> test_model_route(State& state, Call& call) {
  auto raw = co_await call.http.read_body(1 << 20);
  if (!raw) co_return raw.error();
  auto const text = *raw;
  auto body = parse_body(std::move(*raw), {"request", "key", "seed"});
  if (!body) co_return body.error();
  if (!body->contains("request") || !(*body)["request"].is_object())
    co_return Error{Errc::bad_request, "`request` must be a chat completions body.", "request"};
  auto key_id = optional_string(*body, "key", 64);
  if (!key_id) co_return key_id.error();
  std::shared_ptr<keys::Key const> key;
  if (!key_id->empty()) {
    key = state.settings.directory.find_id(*key_id);
    if (!key || !call.who.sees(key->org))
      co_return Error{Errc::not_found, "There is no key '" + *key_id + "'.", "key"};
  }
  auto const seed = body->value("seed", nlohmann::json(0));
  if (!seed.is_number_unsigned() && !seed.is_number_integer())
    co_return Error{Errc::bad_request, "`seed` must be an integer.", "seed"};
  auto explained = pipeline::explain_route(state.services(), key.get(), member(text, "request"),
                                           seed.get<std::uint64_t>());
  if (!explained) co_return explained.error();
  co_return Reply{200, std::move(*explained)};
}

Task<> load_model_routes(State& state) {
  auto documents = co_await state.store().documents(kKind);
  if (!documents) co_return documents.error();
  for (auto const& d : *documents) {
    auto parsed = routing::parse_route(d.id, d.json);
    if (!parsed.route) co_return Error{Errc::internal}.log("the document of route " + d.id + " is damaged");
    // What does not fit any more stays as it is: its other targets still serve.
    auto const runtime = state.services().runtime.load();
    for (auto const& misfit : routing::misfits(*parsed.route, *runtime->catalog, runtime->config))
      log::warn("route {}: {}", {d.id, misfit});
    state.services().runtime.put_route(d.id, *parsed.route);
    state.model_routes.insert_or_assign(d.id, StoredRoute{std::move(*parsed.route), d.version});
  }
  co_return boost::system::in_place_value;
}

}  // namespace tsg::admin
