// /admin/v1/budgets/{level}/{id}/topups
#include <algorithm>
#include <nlohmann/json.hpp>

#include "admin/document_change.hpp"
#include "admin/lists.hpp"
#include "admin/new_id.hpp"
#include "admin/resources/budgets.hpp"
#include "admin/resources/documents.hpp"
#include "tsg/json/value.hpp"

namespace tsg::admin {
namespace {

using nlohmann::ordered_json;

struct Found {  // the budget a top-up is for
  governance::Scope at;
  std::int64_t version = 0;
  ordered_json document;
};

Result<Found> find(State const& state, Call const& call) {
  auto at = scope_of(state, call);
  if (!at) return at.error();
  auto const* budget = find_document(state, DocumentKind::budget, *at);
  if (!budget)
    return Error{Errc::not_found,
                 "There is no budget at " + at->text() + ": without one there is nothing to top up."};
  auto fresh = check_if_match(call.http.head(), budget->version);
  if (!fresh) return fresh.error();
  return Found{*at, budget->version, json::own_ordered(budget->json)};
}

// Those that can count again; what has expired stays in the versions of the document, and in the audit log.
ordered_json still_valid(ordered_json const& document, WallTime now) {
  auto out = ordered_json::array();
  for (auto const& t : document.value("topups", ordered_json::array()))
    if (parse_rfc3339(t["expires_at"].get<std::string>()).value_or(WallTime{}) > now) out.push_back(t);
  return out;
}

Result<ordered_json> topup_of(State const& state, nlohmann::json const& body, Call const& call,
                              Window month) {
  auto usd = required_string(body, "usd", 40);
  if (!usd) return usd.error();
  auto expires = optional_string(body, "expires_at", 40);
  if (!expires) return expires.error();
  auto reason = optional_string(body, "reason", 200);
  if (!reason) return reason.error();
  WallTime const end{month.end_ms * 1'000'000};
  auto const at = expires->empty() ? std::optional{end} : parse_rfc3339(*expires);
  if (!at || *at <= call.now || *at > end)
    return Error{Errc::bad_request,
                 "'expires_at' must be an RFC 3339 time in the future, at the latest " + to_rfc3339(end) +
                     ", the end of this month's window: the next month begins with its own limit.",
                 "expires_at"};
  auto id = id_of_create(state, call, "top_");
  if (!id) return id.error();
  ordered_json out;
  out["id"] = *id;
  out["usd"] = *usd;
  out["granted_at"] = to_rfc3339(call.now);
  out["expires_at"] = to_rfc3339(*at);
  if (!reason->empty()) out["reason"] = *reason;
  return Result<ordered_json>{boost::system::in_place_value, std::move(out)};
}

Task<Reply> replace(State& state, Call& call, Found found, int status) {
  auto json = json::to_text(found.document);
  auto valid = validate(DocumentKind::budget, json);
  if (!valid) co_return valid.error();
  auto made = co_await store_document(state, call, DocumentKind::budget, found.at, std::move(json));
  if (!made) co_return made.error();
  auto reply = co_await show_budget(state, call);
  if (reply) reply->status = status;
  co_return reply;
}

}  // namespace

Task<Reply> create_topup(State& state, Call& call) {
  auto raw = co_await call.http.read_body(1 << 16);
  if (!raw) co_return raw.error();
  auto body = parse_body(std::move(*raw), {"usd", "expires_at", "reason"});
  if (!body) co_return body.error();
  auto found = find(state, call);
  if (!found) co_return found.error();
  auto const month = state.services().runtime.load()->zone.month_of(call.now);
  auto topup = topup_of(state, *body, call, month);
  if (!topup) co_return topup.error();
  auto topups = still_valid(found->document, call.now);
  // Granted before, and its answer was lost: once is what was meant.
  if (auto const before = std::ranges::find(topups, (*topup)["id"], [](auto const& t) { return t["id"]; });
      before != topups.end()) {
    if ((*before)["usd"] != (*topup)["usd"])
      co_return Error{Errc::idempotency_key_reused,
                      "This Idempotency-Key has granted a top-up of another amount, '" +
                          before->at("id").get<std::string>() + "'."};
    co_return co_await show_budget(state, call);
  }
  topups.push_back(std::move(*topup));
  found->document["topups"] = std::move(topups);
  auto taken = std::move(*found);
  co_return co_await replace(state, call, std::move(taken), 201);
}

Task<Reply> delete_topup(State& state, Call& call) {
  auto found = find(state, call);
  if (!found) co_return found.error();
  auto& topups = found->document["topups"];
  auto const it = std::find_if(topups.begin(), topups.end(),
                               [&](ordered_json const& t) { return t["id"] == call.params[2]; });
  if (it == topups.end())
    co_return Error{Errc::not_found, "The budget at " + found->at.text() + " has no top-up '" +
                                         call.params[2].substr(0, 64) + "'."};
  topups.erase(it);
  if (topups.empty()) found->document.erase("topups");
  auto taken = std::move(*found);
  co_return co_await replace(state, call, std::move(taken), 200);
}

}  // namespace tsg::admin
