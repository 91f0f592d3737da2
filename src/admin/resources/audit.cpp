#include "admin/resources/audit.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "admin/entities.hpp"
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

// All of `text` as a number from `min` to `max`.
std::optional<std::int64_t> number(std::string const& text, std::int64_t min, std::int64_t max) {
  std::int64_t value = 0;
  auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
  bool const whole = ec == std::errc{} && end == text.data() + text.size();
  return whole && value >= min && value <= max ? std::optional{value} : std::nullopt;
}

constexpr std::array<std::string_view, 4> kVerdicts{"allow", "deny", "replay", "error"};

// A filter that could never match is a slip, not a question: "no records" would be a wrong answer to it.
Result<> read_filter(store::AuditQuery& q, std::string const& name, std::string const& value) {
  if (name == "from" || name == "to") {
    auto const at = parse_rfc3339(value.size() == 10 ? value + "T00:00:00Z" : value);
    if (!at)
      return Error{Errc::bad_request, "'" + name + "' must be an RFC 3339 time or a day (YYYY-MM-DD).", name};
    (name == "from" ? q.from : q.to) = *at;
    return boost::system::in_place_value;
  }
  if (name == "request_id") {
    q.request_id = RequestId::parse(value);
    if (!q.request_id)
      return Error{Errc::bad_request, "'request_id' must be a UUIDv7, as in the x-request-id header.", name};
    return boost::system::in_place_value;
  }
  if (name == "verdict" && std::find(kVerdicts.begin(), kVerdicts.end(), value) == kVerdicts.end())
    return Error{Errc::bad_request, "'verdict' must be allow, deny, replay or error.", name};
  if (name == "status" && !number(value, 100, 599))
    return Error{Errc::bad_request, "'status' must be an HTTP status, a number from 100 to 599.", name};
  q.equals.emplace_back(name == "model" ? "model_served" : name, value);
  return boost::system::in_place_value;
}

Result<store::AuditQuery> read_query(Call const& call) {
  auto const query =
      parse_query(call.http.head().query, {"request_id", "org", "team", "key_id", "environment", "provider",
                                           "model", "verdict", "status", "from", "to", "kind"});
  if (!query) return query.error();
  store::AuditQuery q;
  q.limit = query->page.limit;
  if (auto const& cursor = query->page.cursor; !cursor.empty()) {
    auto const before = number(cursor, 0, INT64_MAX);
    if (!before) return Error{Errc::bad_request, "'cursor' is not one that this list gave.", "cursor"};
    q.before_seq = *before;
  }
  for (auto const& [name, value] : query->filters) {
    if (name == "org" && !call.who.sees(value)) return no_org(value);
    auto done = read_filter(q, name, value);
    if (!done) return done.error();
  }
  if (q.from && q.to && *q.to < *q.from) return Error{Errc::bad_request, "'from' is after 'to'.", "from"};
  // A limited token sees its organisation's records: a filter, not a hint (ASVS 8.2.2).
  if (!call.who.org.empty()) q.equals.emplace_back("org", call.who.org);
  return q;
}

}  // namespace

Task<Reply> list_audit(State& state, Call& call) {
  auto query = read_query(call);
  if (!query) co_return query.error();
  auto const limit = query->limit++;  // one more: is there a next page?
  auto rows = co_await state.store().audit(std::move(*query));
  if (!rows) co_return rows.error();
  bool const more = rows->size() > limit;
  if (more) rows->pop_back();
  std::vector<std::string> items;
  for (auto const& row : *rows) items.push_back(audit_json(row));
  std::string const next = more ? std::to_string(rows->back().seq) : "";
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
