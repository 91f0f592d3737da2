#include "admin/resources/policy_test.hpp"

#include <nlohmann/json.hpp>

#include "admin/input.hpp"
#include "admin/key_change.hpp"
#include "tsg/json/value.hpp"
#include "tsg/pipeline/error_response.hpp"
#include "tsg/pipeline/rehearsal.hpp"

namespace tsg::admin {
namespace {

using Json = nlohmann::ordered_json;

Json matched_json(std::vector<governance::Matched> const& all) {
  Json out = Json::array();
  for (auto const& m : all) out.push_back({{"source", m.source}, {"rule", m.rule}, {"effect", m.effect}});
  return out;
}

Json show(pipeline::Rehearsal const& r) {
  Json out;
  out["verdict"] = r.refusal ? "deny" : "allow";
  out["status"] = r.refusal ? pipeline::status_of(*r.refusal) : 200;
  if (r.refusal) {
    out["code"] = pipeline::code_of(*r.refusal);
    out["message"] = r.refusal->message();
    if (auto const* d = r.refusal->peek(); d && !d->rule.empty()) out["rule"] = d->rule;
  }
  out["policy_version"] = r.policy_version;
  out["policies"] = r.policies;
  out["matched"] = matched_json(r.matched);
  out["max_tokens"] = r.max_tokens ? Json(*r.max_tokens) : Json(nullptr);
  out["candidates"] = Json::array();
  for (auto const& c : r.candidates)
    out["candidates"].push_back({{"target", c.target}, {"reason", c.reason}});
  out["limits"] = r.limits;
  out["standing"] = Json::array();
  for (auto const* line : {&r.standing.requests, &r.standing.tokens})
    if (*line)
      out["standing"].push_back({{"source", (*line)->source},
                                 {"limit", (*line)->limit},
                                 {"remaining", (*line)->remaining},
                                 {"full_again_in", governance::go_duration((*line)->reset_ns)}});
  return out;
}

Result<Reply> test(State& state, Call const& call, std::string raw) {
  auto body = parse_body(std::move(raw), {"key", "path", "client", "at", "request"}, 100);
  if (!body) return body.error();
  auto id = required_string(*body, "key", 100);
  if (!id) return id.error();
  auto const key = state.settings.directory.find_id(*id);
  if (!key || !call.who.sees(key->org)) return no_key(*id);
  auto path = optional_string(*body, "path", 100);
  if (!path) return path.error();
  auto client = optional_string(*body, "client", 64);
  if (!client) return client.error();
  auto at = optional_string(*body, "at", 40);
  if (!at) return at.error();

  pipeline::Hypothesis what{*key, call.now};
  if (!path->empty() && *path != "/v1/chat/completions" && *path != "/v1/embeddings")
    return Error{Errc::bad_request, "'path' must be /v1/chat/completions or /v1/embeddings.", "path"};
  if (*path == "/v1/embeddings") what.operation = providers::Operation::embeddings;
  boost::system::error_code ec;
  what.client = boost::asio::ip::make_address(client->empty() ? "127.0.0.1" : *client, ec);
  if (ec) return Error{Errc::bad_request, "'client' must be an IP address.", "client"};
  if (!at->empty()) {
    auto const time = parse_rfc3339(*at);
    if (!time) return Error{Errc::bad_request, "'at' must be an RFC 3339 time.", "at"};
    what.now = *time;
  }
  auto const request = body->find("request");
  if (request == body->end() || !request->is_object())
    return Error{Errc::bad_request, "'request' is required: the body a client would send.", "request"};
  what.body = request->dump();
  auto const decision = pipeline::rehearse(state.services(), std::move(what));
  return Reply{200, json::to_text(show(decision))};
}

}  // namespace

Task<Reply> test_policy(State& state, Call& call) {
  auto raw = co_await call.http.read_body(1 << 22);
  if (!raw) co_return raw.error();
  auto const bytes = 8 * raw->size();  // read, written again and then read as a request, under all its rules
  auto const least = state.services().runtime.load()->config.limits.offload_bytes;
  // A body like a client's, with a client's work in it: the loop of the admin API has others to serve.
  co_return co_await state.services().offload.run(bytes, least,
                                                  [&] { return test(state, call, std::move(*raw)); });
}

}  // namespace tsg::admin
