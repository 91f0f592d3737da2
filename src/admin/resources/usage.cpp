#include "admin/resources/usage.hpp"

#include <nlohmann/json.hpp>

#include "admin/filters.hpp"
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

Result<> read_usage_filter(Asked& a, std::string const& name, std::string const& value) {
  if (name == "group_by") {
    auto columns = usage::parse_group_by(value);
    if (!columns) return columns.error();
    a.columns = std::move(*columns);
  } else if (value != "json" && value != "csv" && value != "focus") {
    return Error{Errc::bad_request, "'format' must be json, csv or focus.", name};
  } else {
    a.format = value;
  }
  return boost::system::in_place_value;
}

Result<Asked> read(State const& state, Call const& call) {
  auto query = parse_query(call.http.head().query, {"from", "to", "group_by", "format", "org", "team", "key",
                                                    "key_id", "environment", "provider", "model"});
  if (!query) return query.error();
  Asked a;
  Filters filters;
  auto const runtime = state.services().runtime.load();
  filters.from = WallTime{runtime->zone.month_of(call.now).start_ms * 1'000'000};
  filters.to = WallTime{(call.now.ms() + 1) * 1'000'000};
  for (auto const& [name, value] : query->filters) {
    auto const shared = filters.read(name, value);
    if (!shared) return shared.error();
    if (*shared) continue;
    if (auto done = read_usage_filter(a, name, value); !done) return done.error();
  }
  if (auto limited = filters.limit_to(call.who); !limited) return limited.error();
  // Money of several organisations under one name would be a wrong sum; a look through records is none.
  if (!filters.team.empty() && filters.org.empty())
    return Error{Errc::bad_request, "'team' must be {org}.{team}, or a team of the `org` beside it.", "team"};
  auto& q = a.query;
  q.from_ms = filters.from->ms();
  q.to_ms = filters.to->ms();
  q.org = filters.org;
  q.team = filters.team;
  q.environment = filters.environment;
  q.key_id = filters.key_id;
  q.provider = filters.provider;
  q.model = filters.model;
  q.group = a.columns.group;
  q.within = runtime->config.timeouts.report;
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
