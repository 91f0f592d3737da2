// One request: authenticate, find the route, check role and organisation, run, answer.

#include "admin/auth.hpp"
#include "admin/failed_logins.hpp"
#include "admin/key_uses.hpp"
#include "admin/load.hpp"
#include "admin/own_names.hpp"
#include "admin/provider_health.hpp"
#include "admin/route.hpp"
#include "tsg/admin/admin.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/core/log.hpp"
#include "tsg/pipeline/error_response.hpp"
#include "tsg/pipeline/metrics.hpp"

namespace tsg::admin {
namespace {

// Before the handler: what the table alone decides.
Result<> permitted(Route const& route, Call const& call) {
  if (!route.roles.has(call.who.role))
    return Error{Errc::forbidden, "A token with role '" + std::string{to_string(call.who.role)} +
                                      "' may not do that; see the role table of the admin API."};
  bool const limited = !call.who.org.empty();
  if (limited && route.reach == Reach::global)
    return Error{Errc::forbidden,
                 "That is for tokens of the whole gateway; this one is limited to '" + call.who.org + "'."};
  if (limited && route.reach == Reach::below && call.params.front() == "org")
    return Error{Errc::forbidden,
                 "What applies to an organisation as a whole is set by tokens of the whole "
                 "gateway; this one may change it for teams and keys of '" +
                     call.who.org + "'."};
  // The first {…} of a path below /orgs/ is an organisation.
  if (route.path.starts_with("/admin/v1/orgs/{org}") && !call.who.sees(call.params.front()))
    return Error{Errc::not_found,
                 "The organisation '" + call.params.front().substr(0, 100) + "' does not exist."};
  return boost::system::in_place_value;
}

// A page of another site can send a form or plain text here without being asked; JSON it cannot.
bool says_json(http::RequestHead const& head) {
  if (!head.has_body()) return true;
  auto const encoding = head.field("content-encoding").value_or("identity");
  auto const type = head.field("content-type").value_or("");
  auto media = type.substr(0, type.find(';'));
  media = media.substr(0, media.find_last_not_of(" \t") + 1);
  return iequals(media, "application/json") && iequals(encoding, "identity");
}

std::string store_series(store::Store const& store) {
  std::string out{
      "# HELP tsg_audit_writable Whether records can be committed\n# TYPE tsg_audit_writable gauge\n"
      "tsg_audit_writable "};
  out += store.healthy() ? "1\n" : "0\n";
  out +=
      "# HELP tsg_audit_head_overdue_seconds How long audit.head could not be replaced; 0 = it is up to "
      "date\n"
      "# TYPE tsg_audit_head_overdue_seconds gauge\ntsg_audit_head_overdue_seconds ";
  out += std::to_string((store.head_overdue().count() + 999) / 1000) + "\n";
  auto const kept = store.kept_answers();
  out +=
      "# HELP tsg_idempotent_answer_bytes Answers kept for their Idempotency-Keys\n"
      "# TYPE tsg_idempotent_answer_bytes gauge\ntsg_idempotent_answer_bytes " +
      std::to_string(kept.bytes) +
      "\n# HELP tsg_idempotent_answers_given_up_total Answers that were too large to be kept, or gave way to "
      "newer ones\n# TYPE tsg_idempotent_answers_given_up_total counter\n"
      "tsg_idempotent_answers_given_up_total ";
  return out + std::to_string(kept.given_up) + "\n";
}

class ApiImpl final : public Api {
 public:
  explicit ApiImpl(Settings const& settings) : state_{settings}, own_names_{settings.names} {}

  Task<> load() override {
    auto loaded = co_await admin::load(state_);
    if (!loaded) co_return loaded;
    co_return co_await key_uses_.load();
  }
  Awaitable<> keep_on() override { return key_uses_.keep_on(); }
  Task<> keep() override { return key_uses_.keep(); }
  void set_names(Names names) override { own_names_ = OwnNames{std::move(names)}; }

  Task<> handle(server::Exchange& exchange) override {
    auto const now = state_.services().clock.wall();
    Call call{exchange, now, ids_.next(now)};
    auto const& head = exchange.head();
    if (auto own = own_names_.check(head, exchange.local()); !own)
      co_return co_await respond_error(exchange, own.error(), call.id);
    if (head.path == "/healthz") co_return co_await answer(call, Reply{200, R"({"status":"ok"})"});
    auto who = authenticate(state_, head, now);
    // Every role may scrape; without a token only where nobody but this machine can ask (contract §4), and
    // only who asks for this machine.
    if (head.path == "/metrics" && head.method == http::Method::get && (who || own_names_.local(head))) {
      Reply metrics{200, state_.services().metrics.text() + health_series(state_.services()) +
                             store_series(state_.store())};
      metrics.content_type = "text/plain; version=0.0.4; charset=utf-8";
      co_return co_await answer(call, std::move(metrics));
    }
    Error error{Errc::invalid_api_key, "A valid admin token is required: Authorization: Bearer <token>."};
    if (who) {
      call.who = std::move(*who);
      bool bug = false;
      try {
        auto reply = co_await dispatch(call);
        if (reply) co_return co_await answer(call, std::move(*reply));
        error = reply.error();
      } catch (std::exception const& e) {
        log::error("admin request {}: {}", {call.id.text(), e.what()});
        bug = true;
      }
      if (bug) error = Error{Errc::internal};
      if (error.code() == Errc::client_gone) co_return error;
    } else {
      co_await failed_logins_.note(call);
    }
    co_return co_await respond_error(exchange, error, call.id);
  }

  Task<> refuse(server::Exchange& exchange, Error error) override {
    auto const id = ids_.next(state_.services().clock.wall());
    co_return co_await respond_error(exchange, error, id);
  }

 private:
  Task<Reply> dispatch(Call& call) {
    auto const& head = call.http.head();
    std::string allow;
    for (auto const& route : routes()) {
      if (!match(route.path, head.path, call.params)) continue;
      if (route.method == head.method) {
        auto allowed = permitted(route, call);
        if (!allowed) co_return allowed.error();
        if (!says_json(head)) co_return Error{Errc::unsupported_media_type};
        co_return co_await route.run(state_, call);
      }
      allow += (allow.empty() ? "" : ", ") + std::string{http::to_string(route.method)};
    }
    if (allow.empty()) co_return Error{Errc::not_found};
    Error error{Errc::method_not_allowed};
    error.details().allow = allow;
    co_return error;
  }

  Task<> answer(Call& call, Reply reply) {
    http::Headers headers;
    headers.set("content-type", reply.content_type);
    headers.set("x-request-id", call.id.text());
    headers.set("cache-control", "no-store");  // some answers hold a secret (KEY-11)
    if (!reply.etag.empty()) headers.set("etag", reply.etag);
    co_return co_await call.http.respond(reply.status, headers, reply.body);
  }

  static Task<> respond_error(server::Exchange& exchange, Error const& error, RequestId id) {
    auto response = pipeline::to_response(error, id.text());
    co_return co_await exchange.respond(response.status, response.headers, response.body);
  }

  State state_;
  OwnNames own_names_;
  FailedLogins failed_logins_{state_};
  KeyUses key_uses_{state_};
  RequestIdSource ids_;
};

}  // namespace

std::unique_ptr<Api> make_api(Settings const& settings) {
  return std::make_unique<ApiImpl>(settings);
}

}  // namespace tsg::admin
