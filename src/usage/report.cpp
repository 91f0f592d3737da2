#include "tsg/usage/report.hpp"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "tsg/json/value.hpp"
#include "usage/csv.hpp"

namespace tsg::usage {
namespace {

using Row = store::UsageRow;

std::string day_of(Row const& row) {
  return to_rfc3339(WallTime{row.day_ms * 1'000'000}).substr(0, 10);
}
// As teams are named in paths: the same name in two organisations is two teams.
std::string team_of(Row const& row) {
  return row.org + "." + row.team;
}

struct Dimension {
  std::string_view name;
  bool store::UsageGroup::*asked;
  std::string (*value)(Row const&);
};
constexpr std::array kDimensions{
    Dimension{"org", &store::UsageGroup::org, [](Row const& r) { return r.org; }},
    Dimension{"team", &store::UsageGroup::team, team_of},
    Dimension{"key", &store::UsageGroup::key, [](Row const& r) { return r.key_id; }},
    Dimension{"environment", &store::UsageGroup::environment, [](Row const& r) { return r.environment; }},
    Dimension{"provider", &store::UsageGroup::provider, [](Row const& r) { return r.provider; }},
    Dimension{"model", &store::UsageGroup::model, [](Row const& r) { return r.model; }},
    Dimension{"day", &store::UsageGroup::day, day_of},
};

Dimension const* find(std::string_view name) {
  auto const* it = std::ranges::find(kDimensions, name, &Dimension::name);
  return it == kDimensions.end() ? nullptr : it;
}

constexpr std::array<std::string_view, 8> kSums{
    "requests", "input_tokens",  "cached_input_tokens", "output_tokens",
    "cost_usd", "estimated_usd", "estimated_requests",  "unpriced_requests"};

std::array<std::string, 8> sums_of(store::UsageSum const& s) {
  return {std::to_string(s.requests),
          std::to_string(s.input_tokens),
          std::to_string(s.cached_input_tokens),
          std::to_string(s.output_tokens),
          to_usd(s.cost),
          to_usd(s.estimated),
          std::to_string(s.estimated_requests),
          std::to_string(s.unpriced_requests)};
}

}  // namespace

Result<Columns> parse_group_by(std::string_view text) {
  Columns out;
  while (!text.empty()) {
    auto const name = text.substr(0, text.find(','));
    text.remove_prefix(std::min(text.size(), name.size() + 1));
    auto const* dimension = find(name);
    if (!dimension)
      return Error{Errc::bad_request,
                   "'group_by' is a list of org, team, key, environment, provider, model, day; not '" +
                       std::string{name.substr(0, 40)} + "'.",
                   "group_by"};
    if (out.group.*dimension->asked) continue;
    out.group.*dimension->asked = true;
    out.names.emplace_back(name);
  }
  if (out.group.team) out.group.org = true;  // folded apart, whether the column is shown or not
  return out;
}

std::string report_json(std::vector<Row> const& rows, Columns const& columns) {
  auto data = nlohmann::ordered_json::array();
  for (auto const& row : rows) {
    nlohmann::ordered_json out;
    for (auto const& name : columns.names) out[name] = find(name)->value(row);
    auto const& s = row.sum;
    out["requests"] = s.requests;
    out["input_tokens"] = s.input_tokens;
    out["cached_input_tokens"] = s.cached_input_tokens;
    out["output_tokens"] = s.output_tokens;
    out["cost_usd"] = to_usd(s.cost);
    out["estimated_usd"] = to_usd(s.estimated);
    out["estimated_requests"] = s.estimated_requests;
    out["unpriced_requests"] = s.unpriced_requests;
    data.push_back(std::move(out));
  }
  nlohmann::ordered_json out;
  out["data"] = std::move(data);
  out["next_cursor"] = nullptr;
  return json::to_text_lossy(out);
}

std::string report_csv(std::vector<Row> const& rows, Columns const& columns) {
  std::string out;
  for (auto const& name : columns.names) out += name + ",";
  for (auto const name : kSums) {
    out += name;
    out += name == kSums.back() ? "\r\n" : ",";
  }
  for (auto const& row : rows) {
    for (auto const& name : columns.names) {
      append_text(out, find(name)->value(row));
      out += ',';
    }
    auto const sums = sums_of(row.sum);
    for (auto const& s : sums) {
      append_number(out, s);
      out += &s == &sums.back() ? "\r\n" : ",";
    }
  }
  return out;
}

}  // namespace tsg::usage
