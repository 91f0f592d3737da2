#include "admin/resources/usage.hpp"

#include "admin/input.hpp"
#include "tsg/usage/focus.hpp"
#include "tsg/usage/report.hpp"

namespace tsg::admin {
namespace {

struct Asked {
  Asked() = default;
  store::UsageQuery query;
  usage::Columns columns;
  std::string format = "json";
};

// RFC 3339, or a UTC day.
std::optional<std::int64_t> read_time(std::string const& text) {
  auto const at = parse_rfc3339(text.size() == 10 ? text + "T00:00:00Z" : text);
  return at ? std::optional{at->ms()} : std::nullopt;
}

Result<> read_filter(Asked& a, std::string const& name, std::string const& value) {
  auto& q = a.query;
  if (name == "from" || name == "to") {
    auto const at = read_time(value);
    if (!at)
      return Error{Errc::bad_request, "'" + name + "' must be an RFC 3339 time or a day (YYYY-MM-DD).", name};
    (name == "from" ? q.from_ms : q.to_ms) = *at;
  } else if (name == "group_by") {
    auto columns = usage::parse_group_by(value);
    if (!columns) return columns.error();
    a.columns = std::move(*columns);
  } else if (name == "format") {
    if (value != "json" && value != "csv" && value != "focus")
      return Error{Errc::bad_request, "'format' must be json, csv or focus.", name};
    a.format = value;
  } else if (name == "team") {
    auto const dot = value.find('.');
    if (dot == std::string::npos) return Error{Errc::bad_request, "'team' must be {org}.{team}.", name};
    q.org = value.substr(0, dot);
    q.team = value.substr(dot + 1);
  } else {
    (name == "org"           ? q.org
     : name == "key"         ? q.key_id
     : name == "environment" ? q.environment
     : name == "provider"    ? q.provider
                             : q.model) = value;
  }
  return boost::system::in_place_value;
}

Result<Asked> read(State const& state, Call const& call) {
  auto query = parse_query(call.http.head().query, {"from", "to", "group_by", "format", "org", "team", "key",
                                                    "environment", "provider", "model"});
  if (!query) return query.error();
  Asked a;
  auto const month = state.services().runtime.load()->zone.month_of(call.now);
  a.query.from_ms = month.start_ms;
  a.query.to_ms = call.now.ms() + 1;
  for (auto const& [name, value] : query->filters) {
    auto done = read_filter(a, name, value);
    if (!done) return done.error();
  }
  if (a.query.from_ms > a.query.to_ms) return Error{Errc::bad_request, "'from' is after 'to'.", "from"};
  if (!a.query.org.empty() && !call.who.sees(a.query.org))
    return Error{Errc::not_found, "The organisation '" + a.query.org + "' does not exist.", "org"};
  if (!call.who.org.empty()) a.query.org = call.who.org;
  a.query.group = a.columns.group;
  return a;
}

usage::FocusNames names_of(State const& state, store::LedgerRow const& row) {
  usage::FocusNames names;
  auto const org = state.world.orgs.find(row.org);
  names.org = org == state.world.orgs.end() ? row.org : org->second.name;
  if (auto const key = state.settings.directory.find_id(row.key_id)) {
    names.key_name = key->name;
    names.tags_json = key->tags_json;
  }
  return names;
}

// Page by page: other admin requests, and reports, go on in between.
Task<std::string> focus(State& state, store::UsageQuery const& asked) {
  usage::FocusOptions options;
  options.zone = state.services().runtime.load()->zone;
  options.names = [&state](store::LedgerRow const& row) { return names_of(state, row); };
  usage::FocusExport file{std::move(options)};
  store::LedgerQuery q;
  q.from_ms = asked.from_ms;
  q.to_ms = asked.to_ms;
  q.org = asked.org;
  do {
    auto next = q;
    auto page = co_await state.store().ledger(std::move(next));
    if (!page) co_return page.error();
    for (auto const& row : page->rows) {
      auto const other = [](std::string const& want, std::string const& has) {
        return !want.empty() && want != has;
      };
      if (other(asked.team, row.team) || other(asked.environment, row.environment) ||
          other(asked.key_id, row.key_id) || other(asked.provider, row.provider) ||
          other(asked.model, row.model))
        continue;
      auto added = file.add(row);
      if (!added) co_return added.error();
    }
    q.after_id = page->next_after;
  } while (q.after_id != 0);
  co_return file.csv();
}

}  // namespace

Task<Reply> show_usage(State& state, Call& call) {
  auto asked = read(state, call);
  if (!asked) co_return asked.error();
  Reply reply;
  if (asked->format != "json") reply.content_type = "text/csv; charset=utf-8";
  if (asked->format == "focus") {
    auto file = co_await focus(state, asked->query);
    if (!file) co_return file.error();
    reply.body = std::move(*file);
    co_return reply;
  }
  auto query = asked->query;
  auto rows = co_await state.store().usage(std::move(query));
  if (!rows) co_return rows.error();
  reply.body = asked->format == "csv" ? usage::report_csv(*rows, asked->columns)
                                      : usage::report_json(*rows, asked->columns);
  co_return reply;
}

}  // namespace tsg::admin
