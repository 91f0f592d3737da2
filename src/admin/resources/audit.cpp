#include "admin/resources/audit.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <nlohmann/json.hpp>
#include <optional>

#include "admin/filters.hpp"
#include "admin/lists.hpp"
#include "tsg/core/bytes.hpp"
#include "tsg/core/crypto.hpp"

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
Result<> read_audit_filter(store::AuditQuery& q, std::string const& name, std::string const& value) {
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
  if (value.empty())
    return Error{Errc::bad_request, "'kind' is empty: name one, or leave it out for all.", name};
  q.equals.emplace_back(name, value);
  return boost::system::in_place_value;
}

void narrow(store::AuditQuery& q, Filters const& filters) {
  q.from = filters.from;
  q.to = filters.to;
  for (auto const& [member, value] : {std::pair{"org", &filters.org},
                                      {"team", &filters.team},
                                      {"environment", &filters.environment},
                                      {"key_id", &filters.key_id},
                                      {"provider", &filters.provider},
                                      {"model_served", &filters.model}})
    if (!value->empty()) q.equals.emplace_back(member, *value);
}

// What a cursor is good for: another filter's would leave out records without a word.
std::string mark_of(store::AuditQuery const& q) {
  auto all = q.equals;
  std::sort(all.begin(), all.end());
  std::string text = q.request_id ? q.request_id->text() : "";
  for (auto const& time : {q.from, q.to}) text += "|" + (time ? std::to_string(time->ns) : "");
  for (auto const& [name, value] : all) text += "|" + name + "=" + std::to_string(value.size()) + ":" + value;
  return to_hex(crypto::sha256(as_bytes(text))).substr(0, 8);
}

std::string cursor_of(std::int64_t before, store::AuditQuery const& q) {
  return std::to_string(before) + "-" + mark_of(q);
}

Result<> go_on_from(store::AuditQuery& q, std::string const& cursor) {
  auto const dash = cursor.find('-');
  auto const before = number(cursor.substr(0, dash), 0, INT64_MAX);
  if (!before || dash == std::string::npos)
    return Error{Errc::bad_request, "'cursor' is not one that this list gave.", "cursor"};
  if (cursor.substr(dash + 1) != mark_of(q))
    return Error{Errc::bad_request,
                 "'cursor' was given for other filters: repeat those, or begin without a cursor.", "cursor"};
  q.before_seq = *before;
  return boost::system::in_place_value;
}

Result<store::AuditQuery> read_query(Call const& call) {
  auto const query =
      parse_query(call.http.head().query, {"request_id", "org", "team", "key_id", "key", "environment",
                                           "provider", "model", "verdict", "status", "from", "to", "kind"});
  if (!query) return query.error();
  store::AuditQuery q;
  Filters filters;
  q.limit = query->page.limit;
  for (auto const& [name, value] : query->filters) {
    auto const shared = filters.read(name, value);
    if (!shared) return shared.error();
    if (*shared) continue;
    if (auto done = read_audit_filter(q, name, value); !done) return done.error();
  }
  if (auto limited = filters.limit_to(call.who); !limited) return limited.error();
  narrow(q, filters);
  if (auto const& cursor = query->page.cursor; !cursor.empty())
    if (auto done = go_on_from(q, cursor); !done) return done.error();
  return q;
}

// `next` "": this was the end.
std::string page_json(std::vector<std::string> const& items, std::string const& next, WallTime scanned_to) {
  auto out = list_json(items, next);
  out.pop_back();
  out += R"(,"scanned_to":)";
  return out + (next.empty() ? "null" : '"' + to_rfc3339(scanned_to) + '"') + "}";
}

}  // namespace

Task<Reply> list_audit(State& state, Call& call) {
  auto query = read_query(call);
  if (!query) co_return query.error();
  auto const limit = query->limit;
  auto asked = *query;
  asked.limit = limit + 1;  // is there one more?
  asked.within = state.services().runtime.load()->config.timeouts.audit_query;
  auto page = co_await state.store().audit(std::move(asked));
  if (!page) co_return page.error();
  auto& rows = page->rows;
  bool const more = rows.size() > limit;
  if (more) rows.pop_back();
  std::vector<std::string> items;
  for (auto const& row : rows) items.push_back(audit_json(row));
  auto const before = more ? std::optional{rows.back().seq} : page->next_before;
  auto const reached = more ? rows.back().time : page->scanned_to.value_or(WallTime{});
  co_return Reply{200, page_json(items, before ? cursor_of(*before, *query) : "", reached)};
}

// Look by look: other questions about the log get their turn in between. What a request caused (an alert,
// say) has its id too and is written behind it, so its own record is the oldest; where a look ended with one
// of those, the next one has it.
Task<Reply> show_audit(State& state, Call& call) {
  constexpr std::size_t kBehind = 1000;  // records that may lie between the two
  store::AuditQuery q;
  q.limit = 1000;
  q.request_id = RequestId::parse(call.params[0]);
  if (!q.request_id)
    co_return Error{Errc::bad_request, "A request id is a UUIDv7, as in the x-request-id header."};
  if (!call.who.org.empty()) q.equals.emplace_back("org", call.who.org);
  q.within = state.services().runtime.load()->config.timeouts.audit_query;
  std::optional<store::AuditRow> own;
  for (bool whole = false; !whole;) {
    auto next = q;
    auto page = co_await state.store().audit(std::move(next));
    if (!page) co_return page.error();
    whole = own || !page->next_before;
    if (!page->rows.empty()) own = std::move(page->rows.back());
    if (own) {
      q.look_at = kBehind;
      q.within.reset();
    }
    q.before_seq = page->next_before.value_or(0);
  }
  if (!own) co_return Error{Errc::not_found, "No record has this request id."};
  co_return Reply{200, audit_json(*own)};
}

}  // namespace tsg::admin
