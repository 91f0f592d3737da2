#include "admin/resources/audit.hpp"

#include <cstdlib>

#include "admin/lists.hpp"
#include "tsg/core/bytes.hpp"

namespace tsg::admin {
namespace {

std::string audit_json(store::AuditRow const& row) {
  std::string out = row.bytes;
  out.pop_back();  // the closing brace: `hash` is not part of the hashed bytes
  out += R"(,"hash":")";
  append_hex(out, row.hash);
  return out + "\"}";
}

}  // namespace

Task<Reply> list_audit(State& state, Call& call) {
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
  // A limited token sees its organisation's records: a filter, not a hint (ASVS 8.2.2).
  if (!call.who.org.empty()) q.equals.emplace_back("org", call.who.org);
  auto rows = co_await state.store().audit(std::move(q));
  if (!rows) co_return rows.error();
  std::vector<std::string> items;
  for (auto const& row : *rows) items.push_back(audit_json(row));
  std::string const next = rows->size() == query->page.limit ? std::to_string(rows->back().seq) : "";
  co_return Reply{200, list_json(items, next)};
}

Task<Reply> show_audit(State& state, Call& call) {
  store::AuditQuery q;
  q.limit = 1;
  q.request_id = RequestId::parse(call.params[0]);
  if (!q.request_id)
    co_return Error{Errc::bad_request, "A request id is a UUIDv7, as in the x-request-id header."};
  if (!call.who.org.empty()) q.equals.emplace_back("org", call.who.org);
  auto rows = co_await state.store().audit(std::move(q));
  if (!rows) co_return rows.error();
  if (rows->empty()) co_return Error{Errc::not_found, "No record has this request id."};
  co_return Reply{200, audit_json(rows->front())};
}

}  // namespace tsg::admin
