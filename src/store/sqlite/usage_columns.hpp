// The columns of usage as SQL lists them and as they are read: of the sums, and of the ledger's settled rows.
// Writer and reader share them, so that a roll-up and the rows it has not yet are the same numbers.
#pragma once
#include <array>
#include <string>
#include <string_view>

#include "store/sqlite/db.hpp"
#include "tsg/store/usage.hpp"

namespace tsg::store {

struct UsageNames {
  std::string_view org, team, environment, key_id, provider, model;
};

// In this order in every statement below.
inline constexpr std::array<std::string_view, 8> kSumColumns{
    "requests", "input", "cached", "output", "cost", "estimated", "estimated_requests", "unpriced_requests"};
inline constexpr std::string_view kNameColumns = "org,team,environment,key_id,provider,model";

// "requests,input,…", each column as `before` + name + `after`.
inline std::string sum_columns(std::string_view before = {}, std::string_view after = {}) {
  std::string out;
  for (auto const column : kSumColumns) {
    if (!out.empty()) out += ',';
    out.append(before).append(column).append(after);
  }
  return out;
}

// A settled row of the ledger: its time, its names, and what it adds to a sum.
inline constexpr char kSettledRow[] =
    "SELECT time_ms,org,team,environment,key_id,provider,model,1,input_tokens,cached_tokens,output_tokens,"
    "coalesce(cost,0),CASE WHEN estimated THEN coalesce(cost,0) ELSE 0 END,estimated,cost IS NULL "
    "FROM ledger WHERE state=1 AND ";

inline UsageNames names_at(Statement const& s, int first) {
  UsageNames n;
  for (auto* name : {&n.org, &n.team, &n.environment, &n.key_id, &n.provider, &n.model})
    *name = s.text(first++);
  return n;
}

// The members in the order of kSumColumns.
template <class Sum, class F>
void each_member(Sum& sum, F f) {
  f(sum.requests);
  f(sum.input_tokens);
  f(sum.cached_input_tokens);
  f(sum.output_tokens);
  f(sum.cost.v);
  f(sum.estimated.v);
  f(sum.estimated_requests);
  f(sum.unpriced_requests);
}

inline UsageSum sum_at(Statement const& s, int first) {
  UsageSum sum;
  each_member(sum, [&](std::int64_t& member) { member = s.integer(first++); });
  return sum;
}

}  // namespace tsg::store
